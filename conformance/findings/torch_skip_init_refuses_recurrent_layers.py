"""``torch.nn.utils.skip_init`` refuses ``torch.nn.RNN``, ``LSTM`` and ``GRU``: "Module must support a 'device' arg".

They support it. It is looked for in the signature, which is ``(*args, **kwargs)``.

Seen in torch 2.13.0; no upstream report found.
"""

import torch

assert torch.nn.LSTM(2, 4, device="meta").weight_ih_l0.is_meta
try:
    torch.nn.utils.skip_init(torch.nn.LSTM, 2, 4)
except RuntimeError as error:
    message = str(error)
else:
    message = ""
assert message == "Module must support a 'device' arg to skip initialization"
