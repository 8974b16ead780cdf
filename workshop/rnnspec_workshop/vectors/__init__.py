"""How the exact vectors are made, from an independent reading of the rules.

`rnnspec_workshop.independent_reading`, `differences`, `cell_options` and `vector_catalogue` share no code with the
reference; `generate` writes the files, which `rnnspec_conformance.vectors` reads.
"""
