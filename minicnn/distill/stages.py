"""The stages of `minicnn.fused` for a network that learns: they give gradients for their parameters too."""

import numpy as np

from ..fused import Stage
from ..ops.winograd import correlate_kernel, overlap


class LearningStage(Stage):
    """A stage whose convolution changes from step to step.

    `learn` stands beside `backward`: the one gives the gradients for kernel and bias, the other that for the
    input, so that what lies in the input's place may be written over between the two.
    """

    frozen = False

    def forward(self, x):
        self._input = x
        return super().forward(x)

    def learn(self, dy):
        """Puts the gradients of kernel and bias, from dy of the output's shape, into the layer's `grads`."""
        conv = self.convolution
        n, h, w, c = self._shape
        kernel = conv.params["kernel"]
        sums = {}

        def load(block, strip):
            self._spread(dy, block.image, *overlap(strip, block.top, block.left, h, w))
            sums[block[:3]] = strip.sum(axis=(0, 1))

        shape = (n, h, w, kernel.shape[3])
        dkernel = correlate_kernel(self._padded(self._input), load, shape, c, dy.dtype)
        # In the order of the blocks: the sum does not depend on which thread was quicker.
        dbias = np.sum([sums[key] for key in sorted(sums)], axis=0)
        share = dy.dtype.type(self.share)
        conv.grads = {"kernel": dkernel * share, "bias": dbias * share}
