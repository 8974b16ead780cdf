"""What implementations do with input that is wrong: they name it, say something else, take it in silence, or crash.

`fields` says what a layer is given, `mistakes` lists what can be wrong with that, in words of no framework, and
`called_layer` makes the right calls of a layer and every wrong one. A module of `frameworks` for each framework
describes its layers, `trying` tries each call in a process of its own, `verdict` says what came of it, and
`bad_input_json` writes it down. A framework is added by a module in `frameworks` alone.
"""
