"""Exact vectors: problems and their answers as language-neutral data, and `load`, which makes records of `rnnspec`."""
