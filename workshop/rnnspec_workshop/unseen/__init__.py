"""Mistakes that nobody had seen: how many wrong implementations does the suite notice?

A mutant is written by those who write the suite. The mistakes here were written by people who had seen neither how
problems are drawn nor what the suite had found. Each is a replacement in the source of a right kernel, which they had
before them: `kernel` and `partial_kernel`. The mistakes are in `sets`, and are kept as they were written.

The sets ``a``, ``b`` and ``partial`` were measured first. Then the suite was mended for the kinds of mistakes that it
had not noticed: not for one mistake alone, but for all of its kind. The sets ``c`` and ``d`` were written by others and
measured after that. So ``c`` and ``d`` say how good the suite is, and ``a`` and ``b`` what was made of them.

``python -m rnnspec_workshop unseen --results FOLDER`` measures all of them and writes ``unseen.json``.
"""
