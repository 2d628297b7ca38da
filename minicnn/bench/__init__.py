"""How fast, and in how much memory: this library beside PyTorch, where that is installed.

The work is one step of style transfer: the loss and its gradient for the canvas, through VGG19's layers up to
relu5_1 with average pooling, Gatys' style loss at relu1_1 … relu5_1 and his content loss at relu4_2, float32,
with random weights. Both sides get the same weights and pictures, and must find the same loss and gradient.
Each runs in a process of its own, which is asked for one evaluation at a time, the two in turn.

    python -m minicnn.bench [--sizes 256 512 1024] [--runs N] [--threads N] [--json]
    python -m minicnn.bench --device cuda [--sizes 256 512 1024 2048] [--precision tf32 fp32 fp16] [--json]

On a GPU each precision stands beside PyTorch's two forms there, and an iteration of L-BFGS beside its own.
"""
