"""The sets of mistakes, one a module.

Each set was written by somebody who had seen neither how problems are drawn nor any report of the suite. The mistakes
are kept as they were written. After ``a``, ``b`` and ``partial`` were measured, the suite was mended for the kinds of
mistakes that it did not notice. ``c`` and ``d`` were written and measured after that, and ``e`` after those.
"""

from rnnspec_workshop.unseen.sets import set_a, set_b, set_c, set_d, set_e, set_partial

SETS = {of_set.MISTAKES.name: of_set.MISTAKES for of_set in (set_a, set_b, set_c, set_d, set_e, set_partial)}
"""By name, the sets."""

__all__ = ["SETS"]
