"""The same work as a PyTorch user writes it: modules in a row, frozen weights, autograd."""

import time

import torch

from . import work
from .work import BURST, HISTORY, ITERATIONS

LAYOUTS = {"eager": "contiguous_format", "graph": "channels_last"}  # on a GPU


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
        loss = self._loss()
        loss.backward()
        return loss.item(), self.canvas.grad.permute(0, 2, 3, 1).numpy()

    def _loss(self):
        features = self._features(self.canvas)
        loss = work.ALPHA * 0.5 * (features[work.CONTENT] - self.content).square().sum()
        for tap in work.STYLE:
            _, n, h, w = features[tap].shape
            difference = gram(features[tap]) - self.grams[tap]
            loss = loss + work.BETA * difference.square().sum() / (4 * n**2 * (h * w) ** 2)
        return loss

    def describe(self):
        return f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads"


def gram(activation):
    F = activation[0].flatten(1)
    return F @ F.T


class OnGPU(PyTorch):
    """On a GPU, in two forms: as its users write it, and as strong as it gets.

    eager   modules in a row in TF32, contiguous
    graph   channels_last, halves by autocast, and the whole evaluation captured in a CUDA graph. Gradients
            are scaled to stay within a half's range; Gram matrices, which would not, are made in float32.
    """

    def __init__(self, size, form, device="cuda"):
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
        torch.backends.cudnn.benchmark = True
        self.form, self.device, self.graph = form, torch.device(device), None
        super().__init__(size, torch.get_num_threads(), LAYOUTS[form])
        self.scale = 1.0 if form == "eager" else self._largest_scale()
        if form == "graph" and self.device.type == "cuda":
            self._capture()

    def _network(self):
        return super()._network().to(self.device)

    def _tensor(self, x):
        x = torch.from_numpy(x).permute(0, 3, 1, 2)
        return x.contiguous().to(self.device)  # as torch's LBFGS wants it

    def _features(self, x):
        halves, x = self.form == "graph", x.contiguous(memory_format=self.layout)
        with torch.autocast(self.device.type, torch.float16, enabled=halves, cache_enabled=False):
            return {name: F.float() for name, F in super()._features(x).items()}

    def _value_and_gradient(self):
        """The loss, its gradient left in the canvas."""
        loss = self._loss()
        if self.scale == 1:
            loss.backward()
        else:
            (loss * self.scale).backward()
            self.canvas.grad.div_(self.scale)
        return loss.detach()

    def _largest_scale(self):
        """The largest power of four with which gradients fit into halves, and as much room beyond."""
        self.scale = 4.0**10
        while True:
            self.canvas.grad = None
            self._value_and_gradient()
            if self.canvas.grad.isfinite().all() or self.scale < 1e-6:
                return self.scale / 4
            self.scale /= 4

    def _capture(self):
        stream = torch.cuda.Stream()
        with torch.cuda.stream(stream):
            for _ in range(3):
                self.canvas.grad = None
                self._value_and_gradient()
        torch.cuda.current_stream().wait_stream(stream)
        self.canvas.grad = None
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.loss = self._value_and_gradient()

    def step(self):
        """An evaluation with its read-back; the gradient stays where it is."""
        if self.graph is not None:
            self.graph.replay()
            return self.loss.item()
        self.canvas.grad = None
        return self._value_and_gradient().item()

    def evaluate(self):
        loss = self.step()
        return loss, self.canvas.grad.permute(0, 2, 3, 1).contiguous().cpu().numpy()

    def burst(self):
        """Seconds for an evaluation, over as many as fit into a moment."""
        self.step()
        started, count = time.perf_counter(), 0
        while not count or time.perf_counter() - started < BURST:
            self.step()
            count += 1
        return (time.perf_counter() - started) / count

    def descent(self):
        """Seconds for an iteration of torch.optim.LBFGS with steps of length 1, evaluation included."""
        options = {"history_size": HISTORY, "tolerance_grad": 0, "tolerance_change": 0}
        optimizer = torch.optim.LBFGS([self.canvas], max_iter=HISTORY, max_eval=10**6, **options)
        optimizer.step(self.step)  # the history is full from here on
        done = optimizer.state[self.canvas]["n_iter"]
        optimizer.param_groups[0]["max_iter"] = ITERATIONS
        started = time.perf_counter()
        optimizer.step(self.step)
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        return (time.perf_counter() - started) / (optimizer.state[self.canvas]["n_iter"] - done)

    def memory(self):
        """MB on the device."""
        return torch.cuda.max_memory_allocated() / 1e6

    def describe(self):
        return f"PyTorch {torch.__version__}, cuDNN {torch.backends.cudnn.version()}"
