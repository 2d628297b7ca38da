"""The same work as a PyTorch user writes it: modules in a row, frozen weights, autograd."""

import torch

from . import work


class PyTorch:
    def __init__(self, size, threads, layout):
        torch.set_num_threads(threads)
        self.layout = getattr(torch, layout)
        self.network = self._network()
        canvas, photo, painting = (self._tensor(x) for x in work.pictures(size))
        with torch.no_grad():
            self.content = self._features(photo)[work.CONTENT]
            features = self._features(painting)
            self.grams = {tap: gram(features[tap]) for tap in work.STYLE}
        del features
        self.canvas = canvas.requires_grad_(True)

    def _network(self):
        layers = torch.nn.Sequential()
        for name, kernel in work.kernels():
            if name.endswith("_1") and name != "conv1_1":
                layers.add_module(f"pool{int(name[4]) - 1}", torch.nn.AvgPool2d(2))
            convolution = torch.nn.Conv2d(*kernel.shape[2:], 3, padding=1)
            convolution.weight.data = torch.from_numpy(kernel).permute(3, 2, 0, 1).contiguous()
            convolution.bias.data.zero_()
            layers.add_module(name, convolution)
            layers.add_module(name.replace("conv", "relu"), torch.nn.ReLU())
        return layers.requires_grad_(False).to(memory_format=self.layout)

    def _tensor(self, x):
        return torch.from_numpy(x).permute(0, 3, 1, 2).contiguous(memory_format=self.layout)

    def _features(self, x):
        found = {}
        for name, layer in self.network.named_children():
            x = layer(x)
            if name == work.CONTENT or name in work.STYLE:
                found[name] = x
        return found

    def evaluate(self):
        """The loss, and its gradient for the canvas, (1, H, W, 3)."""
        self.canvas.grad = None
        features = self._features(self.canvas)
        loss = work.ALPHA * 0.5 * (features[work.CONTENT] - self.content).square().sum()
        for tap in work.STYLE:
            _, n, h, w = features[tap].shape
            difference = gram(features[tap]) - self.grams[tap]
            loss = loss + work.BETA * difference.square().sum() / (4 * n**2 * (h * w) ** 2)
        loss.backward()
        return loss.item(), self.canvas.grad.permute(0, 2, 3, 1).numpy()

    def describe(self):
        return f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads"


def gram(activation):
    F = activation[0].flatten(1)
    return F @ F.T
