"""What implementations do with input that is wrong: they name it, say something else, take it in silence, or crash.

`mistakes` lists what can be wrong, in words of no framework. A module of `frameworks` for each framework makes the
mistakes by plain calls of it, `trying` tries each in a process of its own, `verdict` says what came of it, and `record`
writes it down. A framework is added by a module in `frameworks` alone.
"""
