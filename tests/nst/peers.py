"""Other programs' objectives, stated in PyTorch as their authors wrote them, to hold our presets against.

Nothing here knows how ours are computed. A Program takes the network's kernels as PyTorch would hold them
and RGB values of 0..255, (H, W, 3) in float64. For content, style and total variation apart, so that none
hides behind another, it gives what the loss of its optimiser counts, and the gradient for the canvas that is
followed, which may be that of another loss or of none.
"""

import torch
from torch.nn import functional

STYLE = ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"]
NAMES = ("content", "style", "tv")
VGG19, VGG16 = (2, 2, 4, 4, 4), (2, 2, 3, 3, 3)


class Program:
    """Subclasses state how a canvas becomes features, and `terms`: content, style, and perhaps variation."""

    depths, mean = VGG19, (103.939, 116.779, 123.68)

    def __init__(self, kernels, photo, painting):
        self.kernels = kernels  # {"conv1_1": (weight (out, in, 3, 3), bias)}
        self.photo, self.painting = photo, painting

    def features(self, values):
        """{layer: (N, H, W)} of RGB values."""
        x, found = self.pixels(values).permute(2, 0, 1)[None], {}
        for block, depth in enumerate(self.depths, start=1):
            for index in range(1, depth + 1):
                name = f"conv{block}_{index}"
                weight, bias = self.kernels[name]
                x = functional.conv2d(self.padded(x, name), weight, bias)
                found[name] = x[0]
                x = functional.relu(x)
                found[name.replace("conv", "relu")] = x[0]
            if block < 5:
                x = self.pooled(x)
        return found

    def padded(self, x, name):
        return functional.pad(x, (1, 1, 1, 1))

    def pooled(self, x):
        return functional.max_pool2d(x, 2)

    def pixels(self, values):
        """BGR less the mean, as Caffe's networks take it."""
        return values.flip(-1) - torch.tensor(self.mean)

    def answers(self, canvas):
        """{"content": (value, gradient), "style": ..., and "tv" where there is one}"""
        canvas = canvas.clone().requires_grad_(True)
        seen, photo, painting = map(self.features, (canvas, self.photo, self.painting))
        terms = dict(zip(NAMES, self.terms(canvas, seen, photo, painting), strict=False))
        return {name: (term.item(), gradient(term, canvas)) for name, term in terms.items()}


def gradient(term, canvas, seed=None):
    return torch.autograd.grad(term, canvas, seed, retain_graph=True)[0]


def flat(features):
    return features.flatten(1)


def gram(features):
    """G = FFᵀ of F (N×M)."""
    return flat(features) @ flat(features).T


def size(features):
    """N, M"""
    return flat(features).shape


def mean_square(a, b):
    return (a - b).square().mean()


def gram_over_nm(features):
    n, m = size(features)
    return gram(features) / (n * m)


def inner_steps(x):
    """dx and dy of all pixels but those of the last row and column."""
    return x[:-1, 1:] - x[:-1, :-1], x[1:, :-1] - x[:-1, :-1]


class Gatys2015(Program):
    def pooled(self, x):
        return functional.avg_pool2d(x, 2)

    def terms(self, canvas, seen, photo, painting):
        style = 0
        for layer in STYLE:
            (n, m), m_s = size(seen[layer]), size(painting[layer])[1]
            G, A = gram(seen[layer]), gram(painting[layer]) * m / m_s
            style = style + 0.2 * (G - A).square().sum() / (4 * n**2 * m**2)
        return 1e-3 * 0.5 * (seen["relu4_2"] - photo["relu4_2"]).square().sum(), style


class NeuralStyle(Program):
    """Its total variation is in the gradient and not in the loss."""

    def terms(self, canvas, seen, photo, painting):
        style = sum(mean_square(gram_over_nm(seen[k]), gram_over_nm(painting[k])) for k in STYLE)
        dx, dy = inner_steps(self.pixels(canvas))
        smooth = 1e-3 * 0.5 * (dx.square().sum() + dy.square().sum())
        return 5 * mean_square(seen["relu4_2"], photo["relu4_2"]), 100 * style, smooth

    def answers(self, canvas):
        answers = super().answers(canvas)
        return {**answers, "tv": (0.0, answers["tv"][1])}


class NeuralStylePt(Program):
    def terms(self, canvas, seen, photo, painting):
        style = sum(mean_square(gram_over_nm(seen[k]), gram_over_nm(painting[k])) for k in STYLE)
        x = self.pixels(canvas)
        smooth = (x[1:] - x[:-1]).abs().sum() + (x[:, 1:] - x[:, :-1]).abs().sum()
        return 5 * mean_square(seen["relu4_2"], photo["relu4_2"]), 100 * style, 1e-3 * smooth


class FromTorchvision(Program):
    def pixels(self, values):
        return (values / 255 - torch.tensor((0.485, 0.456, 0.406))) / torch.tensor((0.229, 0.224, 0.225))


class StyleTransferPytorch(FromTorchvision):
    def padded(self, x, name):
        return functional.pad(x, (1, 1, 1, 1), mode="replicate" if name == "conv1_1" else "constant")

    def terms(self, canvas, seen, photo, painting):
        style = 0
        for layer, weight in zip(STYLE, (256, 64, 16, 4, 1), strict=True):
            style = style + weight / 341 * wasserstein(flat(seen[layer]), flat(painting[layer]))
        smooth = nine_points(canvas.permute(2, 0, 1)[None] / 255)
        return 0.015 * mean_square(seen["relu4_2"], photo["relu4_2"]), style, 2 * smooth


def wasserstein(F, P, eps=1e-4):
    def distribution(X):
        mean = X.mean(dim=1)
        return mean, X @ X.T / X.shape[1] - torch.outer(mean, mean) + eps * torch.eye(len(X))

    (mean, cov), (target, target_cov) = distribution(F), distribution(P)
    root = square_root(target_cov)
    both = target_cov + cov - 2 * square_root(root @ cov @ root)
    return mean_square(mean, target) + torch.diagonal(both).mean()


def square_root(A, steps=60):
    """By iteration, as the program's: Y → A^½ and Z → A^−½."""
    norm = A.square().sum().sqrt()
    Y, Z, one = A / norm, torch.eye(len(A)), torch.eye(len(A))
    for _ in range(steps):
        T = (3 * one - Z @ Y) / 2
        Y, Z = Y @ T, T @ Z
    return Y * norm.sqrt()


def nine_points(x):
    x = functional.pad(x, (1, 1, 1, 1), mode="replicate")
    across = (x[..., 1:-1, 2:] - x[..., 1:-1, 1:-1]).square().mean()
    down = (x[..., 2:, 1:-1] - x[..., 1:-1, 1:-1]).square().mean()
    falling = (x[..., 1:, 1:] - x[..., :-1, :-1]).square().mean()
    rising = (x[..., 1:, :-1] - x[..., :-1, 1:]).square().mean()
    return 2 * (across / 3 + down / 3 + falling / 12 + rising / 12)


class OnRGB(Program):
    """RGB less the mean, and kernels that were stored for it."""

    def __init__(self, kernels, photo, painting):
        weight, bias = kernels["conv1_1"]
        super().__init__({**kernels, "conv1_1": (weight.flip(1), bias)}, photo, painting)

    def pixels(self, values):
        return values - torch.tensor((123.68, 116.779, 103.939))


class Deeppy(OnRGB):
    """Gradients at the layers, each brought to a sum of absolute values; a Laplacian at the canvas."""

    def pooled(self, x):
        return functional.avg_pool2d(x, 3, 2, padding=1)

    def answers(self, canvas):
        canvas = canvas.clone().requires_grad_(True)
        seen, photo, painting = map(self.features, (canvas, self.photo, self.painting))

        def brought_back(layer, slope, loss, weight):
            """The weighted loss and its gradient for the canvas, both over Σ |slope|."""
            weight = weight / slope.abs().sum()
            seed = (weight * slope).detach().reshape(seen[layer].shape)
            return (weight * loss).item(), gradient(seen[layer], canvas, seed)

        away, styles = seen["relu4_2"] - photo["relu4_2"], []
        for layer in STYLE:
            m, m_s = size(seen[layer])[1], size(painting[layer])[1]
            D = gram(seen[layer]) - gram(painting[layer]) * m / m_s
            styles.append(brought_back(layer, D @ flat(seen[layer]), 0.25 * D.square().sum(), 0.2))
        x = self.pixels(canvas.detach()).permute(2, 0, 1)[:, None]
        kernel = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]]) / 8
        laplacian = functional.conv2d(x, kernel[None, None], padding=1)
        return {
            "content": brought_back("relu4_2", away, 0.5 * away.square().sum(), 0.02),
            "style": tuple(map(sum, zip(*styles, strict=True))),
            "tv": (0.0, -5e-8 * laplacian[:, 0].permute(1, 2, 0)),
        }


class Keras(Program):
    content, weights = "relu5_2", (2.5e-8, 1e-6, 1e-6)

    def terms(self, canvas, seen, photo, painting):
        alpha, beta, gamma = self.weights
        rows, columns = canvas.shape[:2]
        style = 0
        for layer in STYLE:
            S, C = gram(painting[layer]), gram(seen[layer])
            style = style + (S - C).square().sum() / (4 * 3**2 * (rows * columns) ** 2)
        dx, dy = inner_steps(self.pixels(canvas))
        smooth = ((dx.square() + dy.square()) ** 1.25).sum()
        content = (seen[self.content] - photo[self.content]).square().sum()
        return alpha * content, beta / 5 * style, gamma * smooth


class Keras2016(Keras):
    depths, content, weights = VGG16, "relu4_2", (0.025, 1.0, 1.0)


class NeuralartTensorflow(Program):
    mean = (104.0, 117.0, 123.0)

    def pooled(self, x):
        return functional.avg_pool2d(x, 2)

    def terms(self, canvas, seen, photo, painting):
        n, m = size(seen["relu4_2"])
        content = (seen["relu4_2"] - photo["relu4_2"]).square().sum() / (2 * n**0.5 * m**0.5)
        style = 0
        for layer, weight in zip(STYLE, (1, 1.5, 2, 2.5, 3), strict=True):
            (n, m), m_s = size(seen[layer]), size(painting[layer])[1]
            G, A = gram(seen[layer]), gram(painting[layer]) * m / m_s
            style = style + weight * (G - A).square().sum() / (4 * n**2 * m**2)
        return content, 500 * style


class Lasagne(Program):
    mean = (104.0, 117.0, 123.0)

    def pooled(self, x):
        return functional.avg_pool2d(x, 2)

    def terms(self, canvas, seen, photo, painting):
        content, style = 0.5 * (seen["relu4_2"] - photo["relu4_2"]).square().sum(), 0
        for layer in STYLE:
            n, m = size(seen[layer])
            D = gram(seen[layer]) - gram(painting[layer])
            style = style + D.square().sum() / (4 * n**2 * m**2)
        dx, dy = inner_steps(self.pixels(canvas))
        return 0.001 * content, 2e5 * style, 1e-8 * ((dx.square() + dy.square()) ** 1.25).sum()


class PytorchTutorial(FromTorchvision):
    def terms(self, canvas, seen, photo, painting):
        first = ["conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1"]
        style = sum(mean_square(gram_over_nm(seen[k]), gram_over_nm(painting[k])) for k in first)
        return mean_square(seen["conv2_2"], photo["conv2_2"]), 1e6 * style


class Anishathalye(OnRGB):
    def terms(self, canvas, seen, photo, painting):
        style = sum(mean_square(gram_over_nm(seen[k]), gram_over_nm(painting[k])) / 5 for k in STYLE)
        x = self.pixels(canvas)
        smooth = (x[1:] - x[:-1]).square().mean() + (x[:, 1:] - x[:, :-1]).square().mean()
        return 5 * mean_square(seen["relu4_2"], photo["relu4_2"]), 500 * style, 100 * smooth


class GatysNotebook(Program):
    def terms(self, canvas, seen, photo, painting):
        style = 0
        for layer in STYLE:
            (n, m), m_s = size(seen[layer]), size(painting[layer])[1]
            style = style + 1e3 / n**2 * mean_square(gram(seen[layer]) / m, gram(painting[layer]) / m_s)
        return mean_square(seen["relu4_2"], photo["relu4_2"]), style


PROGRAMS = {
    "gatys2015": Gatys2015,
    "neural-style": NeuralStyle,
    "neural-style-pt": NeuralStylePt,
    "style-transfer-pytorch": StyleTransferPytorch,
    "deeppy": Deeppy,
    "keras-2016": Keras2016,
    "keras": Keras,
    "neuralart-tensorflow": NeuralartTensorflow,
    "lasagne": Lasagne,
    "pytorch-tutorial": PytorchTutorial,
    "anishathalye": Anishathalye,
    "gatys-notebook": GatysNotebook,
}
