"""The commands of ``rnnspec``: a module each, with ``add`` for its options and ``run``."""
