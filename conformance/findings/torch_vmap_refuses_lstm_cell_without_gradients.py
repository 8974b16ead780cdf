"""``torch.func.vmap`` of ``torch.nn.LSTMCell`` raises, but that of its gradient works.

Inside `torch.func.grad` the cell is taken apart into operations that have rules for `vmap`; alone it is not. GRUCell
and RNNCell work both ways.

Seen in torch 2.13.0; https://github.com/pytorch/pytorch/issues/105982 is about the layers.
"""

import torch

cell, x, h = torch.nn.LSTMCell(2, 4).requires_grad_(False), torch.ones(3, 2), torch.ones(3, 4)
torch.func.vmap(torch.func.grad(lambda x, h: cell(x, (h, h))[0].sum()))(x, h)  # works
torch.func.vmap(torch.nn.GRUCell(2, 4).requires_grad_(False))(x, h)  # works
try:
    torch.func.vmap(lambda x, h: cell(x, (h, h)))(x, h)
except RuntimeError as error:
    message = str(error)
else:
    message = ""
assert message.startswith("Batching rule not implemented for aten::lstm_cell")
