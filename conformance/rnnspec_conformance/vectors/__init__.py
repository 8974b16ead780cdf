"""Exact vectors: problems and their answers as language-neutral data, from a reading of the rules of its own.

`reading`, `differences`, `options` and `catalogue` make them and share no code with the reference; `generate` writes
the files; `load` makes `rnnspec` records of what stands in the files.
"""
