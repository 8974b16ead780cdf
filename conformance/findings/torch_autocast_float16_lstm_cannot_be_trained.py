"""Under autocast to float16 on the CPU, ``torch.nn.LSTM`` raises when gradients are wanted.

torch gives LSTMs in float16 to oneDNN only where no gradients are wanted, because oneDNN cannot train them. Autocast
comes later than this choice: the layer is chosen for float32, and then called in float16. A layer whose parameters are
float16 is trained without oneDNN, and works.

Seen in torch 2.13.0; no upstream report found.
"""

import torch

x = torch.ones(5, 3, 2)
torch.nn.LSTM(2, 4, dtype=torch.float16)(x.half())  # works
try:
    with torch.autocast("cpu", dtype=torch.float16):
        torch.nn.LSTM(2, 4)(x)
except RuntimeError as error:
    message = str(error)
else:
    message = ""
assert message.startswith("could not create a primitive descriptor for the LSTM forward propagation primitive")
