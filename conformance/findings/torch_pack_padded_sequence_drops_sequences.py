"""``pack_padded_sequence`` drops the sequences at the end of a batch that have no length, without a word.

With ``enforce_sorted=False`` it selects as many sequences as there are lengths; else it raises.

Seen in torch 2.13.0; no upstream report found.
"""

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

x, lengths = torch.ones(5, 3, 2), torch.tensor([5, 5])
packed = pack_padded_sequence(x, lengths, enforce_sorted=False)
assert pad_packed_sequence(packed)[0].shape == (5, 2, 2)
try:
    pack_padded_sequence(x, lengths)
except RuntimeError as error:
    message = str(error)
else:
    message = ""
assert "Expected `len(lengths)` to be equal to batch_size" in message
