"""An independent reading of the rules, in any kind of number: one sequence, one unit, one number at a time.

It is written from the text of ``spec/`` and shares no code with the reference, which it judges. It sees plain values:
a problem is a dict, as in the files of the exact vectors; vectors and matrices are lists. It is slow on purpose: every
line can be held against the rule beside it.
"""

from rnnspec_workshop.independent_reading.sequences import read

__all__ = ["read"]
