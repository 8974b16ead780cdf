"""``torch.export.export`` of a layer that packs its input raises: the sizes depend on the lengths.

Seen in torch 2.13.0; https://github.com/pytorch/pytorch/issues/171978.
"""

import torch
from torch.nn.utils.rnn import pack_padded_sequence

lstm, x, lengths = torch.nn.LSTM(2, 4), torch.ones(5, 3, 2), torch.tensor([5, 3, 2])
lstm(pack_padded_sequence(x, lengths))  # works
lstm.forward = lambda x, lengths, call=lstm.forward: call(pack_padded_sequence(x, lengths))
try:
    torch.export.export(lstm, (x, lengths))
except Exception as error:  # noqa: BLE001 - its class is private to torch
    message = str(error)
else:
    message = ""
assert "FakeTensor" in message
