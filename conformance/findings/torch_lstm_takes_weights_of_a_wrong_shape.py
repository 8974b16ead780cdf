"""``torch.nn.LSTM`` in float32 on the CPU, which oneDNN computes, takes weights of a wrong shape without a word.

In float64, which PyTorch itself computes, and in the other layers they raise.

Seen in torch 2.13.0; no upstream report found.
"""

import torch


def takes(dtype: torch.dtype, **shape: tuple[int, int]) -> bool:
    """Whether an LSTM with 13 inputs and 17 units takes a parameter of this shape."""
    lstm = torch.nn.LSTM(13, 17, dtype=dtype)
    for name, sizes in shape.items():
        setattr(lstm, name, torch.nn.Parameter(torch.zeros(sizes, dtype=dtype)))
    try:
        lstm(torch.zeros(11, 7, 13, dtype=dtype))
    except RuntimeError:
        return False
    return True


wrong = [{"weight_ih_l0": (68, 19)}, {"weight_hh_l0": (68, 23)}, {"weight_ih_l0": (67, 13)}]
onednn = torch.backends.mkldnn.is_available()
assert not any(takes(torch.float64, **shape) for shape in wrong)
assert not onednn or all(takes(torch.float32, **shape) for shape in wrong)
