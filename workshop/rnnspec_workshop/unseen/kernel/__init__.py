"""A right kernel of LSTM, GRU and the simple recurrent layer in NumPy, with gradients by hand.

Weights are packed gate by gate and cached. A batch is sorted by length, cut into chunks, and each chunk is packed into
rows of valid steps. Input products are made in blocks of rows before the steps. A step runs over tiles of units.
Activations are kept on a tape in the buffers of a workspace, and the way back reads them from there.

It is as complicated as kernels are, so that what can go wrong in a kernel can go wrong here. Nothing else uses it.
`rnnspec_workshop.unseen.altered_kernels` reads its source: a mistake replaces text of it.
"""

from rnnspec_workshop.unseen.kernel.kernel_adapter import Kernel

__all__ = ["Kernel"]
