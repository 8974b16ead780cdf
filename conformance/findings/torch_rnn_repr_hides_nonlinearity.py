"""The representation of ``torch.nn.RNN`` does not say which activation it has; that of ``torch.nn.RNNCell`` does.

So two layers that compute different functions are shown, compared and logged as the same.

Seen in torch 2.13.0; no upstream report found.
"""

import torch

tanh, relu = (torch.nn.RNN(2, 4, nonlinearity=name) for name in ("tanh", "relu"))
assert repr(tanh) == repr(relu)
assert "nonlinearity" in repr(torch.nn.RNNCell(2, 4, nonlinearity="relu"))
