"""The stream: problems drawn freely over everything the text can express, inside what an implementation can do.

The catalogue names rules; the stream catches mistakes that nobody thought of. A draw is a structure and numbers, both
made from a seed and the number of the draw. What fails is made as small as it can be, and failures of one mistake are
one report.
"""
