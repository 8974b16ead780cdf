"""``torch.nn.RNN`` and ``GRU`` take a bias of one element and add it to all gates of all units; so does ``LSTM``.

Seen in torch 2.13.0; no upstream report found.
"""

import torch

same = []
for kind in (torch.nn.RNN, torch.nn.GRU, torch.nn.LSTM):
    layer = kind(3, 4, dtype=torch.float64)
    x, size = torch.ones(5, 2, 3, dtype=torch.float64), layer.bias_ih_l0.numel()
    given = []
    for elements in (size, 1):
        layer.bias_ih_l0 = torch.nn.Parameter(torch.full((elements,), 0.5, dtype=torch.float64))
        given.append(layer(x)[0])
    same.append(torch.allclose(*given))
assert same == [True, True, True]
