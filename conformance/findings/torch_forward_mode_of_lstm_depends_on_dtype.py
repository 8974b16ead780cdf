"""``torch.func.jvp`` of ``torch.nn.LSTM`` on the CPU works in float64 and raises in float32.

In float32 the layer is given to oneDNN, whose operation has no forward mode, and torch does not take the other path.

Seen in torch 2.13.0; no upstream report found.
"""

import torch

raised = {}
for dtype in (torch.float64, torch.float32):
    lstm, x = torch.nn.LSTM(2, 4, dtype=dtype), torch.ones(5, 3, 2, dtype=dtype)
    try:
        torch.func.jvp(lambda x, lstm=lstm: lstm(x)[0], (x,), (x,))
        raised[dtype] = ""
    except NotImplementedError as error:
        raised[dtype] = str(error)
assert raised[torch.float64] == ""
assert raised[torch.float32].startswith("Trying to use forward AD with mkldnn_rnn_layer")
