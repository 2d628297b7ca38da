"""The whole program beside a plain one in PyTorch: `python -m tests.bench.painting`.

Both read the same two pictures and VGG19's weights, minimise the same objective with SciPy's L-BFGS-B from
the photo at one scale, and write a PNG. Each run is a process of its own, start-up included; they take turns.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

DATA = Path(os.environ.get("MINICNN_TEST_DATA", Path(__file__).parents[3] / "shared"))
WEIGHTS = DATA / "vgg19" / "vgg19-conv.npz"
STYLE = [f"relu{block}_1" for block in range(1, 6)]
CONTENT, CONTENT_WEIGHT = "relu4_2", 0.05


def in_pytorch(photo, painting, size, iterations, out):
    """What a PyTorch user writes: modules in a row, autograd, SciPy."""
    import torch
    from scipy.optimize import minimize

    layers = torch.nn.Sequential()
    with np.load(WEIGHTS) as arrays:
        for name in arrays.files:
            block, convolution, part = name.replace("block", "").replace("_conv", "/").split("/")
            if part != "kernel":
                continue
            if convolution == "1" and block != "1":
                layers.add_module(f"pool{int(block) - 1}", torch.nn.AvgPool2d(2))
            kernel, bias = arrays[name], arrays[name.replace("kernel", "bias")]
            layer = torch.nn.Conv2d(kernel.shape[2], kernel.shape[3], 3, padding=1)
            layer.weight.data = torch.from_numpy(kernel).permute(3, 2, 0, 1).contiguous()
            layer.bias.data = torch.from_numpy(bias)
            layers.add_module(f"conv{block}_{convolution}", layer)
            layers.add_module(f"relu{block}_{convolution}", torch.nn.ReLU())
            if f"relu{block}_{convolution}" == STYLE[-1]:
                break
    layers.requires_grad_(False).to(memory_format=torch.channels_last)
    mean = torch.tensor([103.939, 116.779, 123.68]).view(1, 3, 1, 1)

    def read(path, square):
        picture = Image.open(path).convert("RGB")
        if square:
            side, (width, height) = min(picture.size), picture.size
            left, top = (width - side) // 2, (height - side) // 2
            picture = picture.crop((left, top, left + side, top + side))
        scale = size / max(picture.size)
        picture = picture.resize([round(side * scale) for side in picture.size], Image.Resampling.LANCZOS)
        x = torch.from_numpy(np.asarray(picture, np.float32)[:, :, ::-1].copy()).permute(2, 0, 1)[None]
        return (x - mean).contiguous(memory_format=torch.channels_last)

    def features(x):
        found = {}
        for name, layer in layers.named_children():
            x = layer(x)
            if name == CONTENT or name in STYLE:
                found[name] = x
        return found

    def gram(activation):
        F = activation[0].flatten(1)
        return F @ F.T / F.shape[1]

    x = read(photo, square=True)
    with torch.no_grad():
        P = features(x)[CONTENT]
        A = {layer: gram(F) for layer, F in features(read(painting, square=False)).items() if layer in STYLE}
    shape = x.shape

    def objective(flat):
        canvas = torch.from_numpy(flat.astype(np.float32)).view(shape[0], shape[2], shape[3], 3)
        canvas = canvas.permute(0, 3, 1, 2).requires_grad_(True)
        F = features(canvas)
        loss = CONTENT_WEIGHT * (F[CONTENT] - P).square().sum() / P.square().sum()
        for layer in STYLE:
            loss = loss + (gram(F[layer]) - A[layer]).square().sum() / A[layer].square().sum() / len(STYLE)
        loss.backward()
        return loss.item(), canvas.grad.permute(0, 2, 3, 1).reshape(-1).numpy().astype(np.float64)

    options = {"maxiter": iterations, "maxcor": 10, "ftol": 0, "gtol": 0}
    start = x.permute(0, 2, 3, 1).reshape(-1).numpy().astype(np.float64)
    found = minimize(objective, start, jac=True, method="L-BFGS-B", options=options)
    canvas = torch.from_numpy(found.x).view(shape[2], shape[3], 3) + mean.view(3)
    Image.fromarray(canvas.flip(2).clamp(0, 255).round().byte().numpy()).save(out)
    print(f"loss {found.fun:.4f}", file=sys.stderr)


def commands(photo, painting, size, iterations, folder):
    """{what: command line}"""
    here = [sys.executable, "-m"]
    task = [str(photo), str(painting), "--size", str(size), "--iterations", str(iterations)]
    nst = [*here, "nst", "paint", *task, "--weights", str(WEIGHTS), "--network", "vgg19", "--scales", "1"]
    nst += ["--crop", "1:1", "--optimizer", "scipy"]
    return {
        "PyTorch": [*here, "tests.bench.painting", *task, "--in-pytorch", f"{folder}/pytorch.png"],
        "nst, the same objective": [*nst, "--edges", "zero", "--margin", "0", "-o", f"{folder}/same.png"],
        "nst, its default edges and margin": [*nst, "-o", f"{folder}/default.png"],
        "nst, its own L-BFGS": [*nst[:-1], "lbfgs", "-o", f"{folder}/lbfgs.png"],
    }


def measured(command):
    """Seconds and peak megabytes of a command, start-up included."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    told = process.stderr.read().strip().splitlines()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)}\n" + "\n".join(told))
    return time.perf_counter() - start, usage.ru_maxrss * 1024 / 1e6, told[-1:]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("photo", nargs="?", default=DATA / "images" / "tuebingen.jpg")
    parser.add_argument("painting", nargs="?", default=DATA / "images" / "starry_night.jpg")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--iterations", type=int, default=50)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--in-pytorch", metavar="OUT.png", help="be the PyTorch side, once")
    options = parser.parse_args()
    task = options.photo, options.painting, options.size, options.iterations
    if options.in_pytorch:
        in_pytorch(*task, options.in_pytorch)
        return
    with tempfile.TemporaryDirectory() as folder:
        rows = commands(*task, folder)
        taken = {what: [] for what in rows}
        for _ in range(options.runs):
            for what, command in rows.items():
                taken[what].append(measured(command))
                print(what, *taken[what][-1], file=sys.stderr)
    print("| program | seconds | ÷ PyTorch | peak MB | ÷ PyTorch |\n|---|---|---|---|---|")
    medians = {
        what: [statistics.median(column) for column in list(zip(*runs, strict=True))[:2]]
        for what, runs in taken.items()
    }
    seconds, megabytes = medians["PyTorch"]
    for what, (s, mb) in medians.items():
        print(f"| {what} | {s:.1f} | {s / seconds:.2f} | {mb:.0f} | {mb / megabytes:.2f} |")


if __name__ == "__main__":
    main()
