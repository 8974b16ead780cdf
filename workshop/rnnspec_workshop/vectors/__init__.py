"""How the exact vectors are made, from a reading of the rules of its own.

`reading`, `differences`, `cell_options` and `vector_catalogue` make them and share no code with the reference;
`generate` writes the files, which `rnnspec_conformance.vectors` reads.
"""
