"""Is the diagnosis of a run right? Mistakes that no mutant has, the answer that is known, and what is said of each.

``python -m rnnspec_workshop diagnosed --results FOLDER`` judges all of them and writes ``diagnosed.json``.
"""
