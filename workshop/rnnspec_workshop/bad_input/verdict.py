"""What came of a probe.

An error *named the field* when its message has, as a word of its own, what the framework calls the argument or the
parameter that is wrong; or both of the two sizes, or types, that disagree. What lists all arguments of a call, as Keras
does below its messages, names none of them. Any other error is *unclear*. A call that returns was *accepted silently*.
A process that ended in another way, or not in time, has *crashed*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, get_args

from rnnspec_workshop.bad_input.wrong_calls import Pair

Verdict = Literal["error named the field", "error unclear", "accepted silently", "crashed"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

AROUND = re.compile(
    r"\x1b\[\d*m"
    r"|\{\{function_node [^}]*\}\} "
    r"|Exception encountered when calling [^\n]*\n\s*"
    r"|\s*(?:A|Call a)rguments received by .*",
    re.DOTALL,
)
"""What Keras and TensorFlow put around a message: colour, a node, the name of the layer, all arguments of the call."""


def plain(message: str) -> str:
    """The message alone."""
    return AROUND.sub("", message)


def has_word(message: str, word: str) -> bool:
    """Whether `word` stands in `message`, no part of a longer word or number and no index; case does not count."""
    escaped = re.escape(word)
    found = rf"(?<![\w.])(?:(?<!\w\[){escaped}|{escaped}(?!\]))(?!\w|\.\d)"
    return re.search(found, message, re.IGNORECASE) is not None


def names_the_field(message: str, names: Iterable[str], pair: Pair) -> bool:
    """Whether `message` says what is wrong, by one of `names` or by both sides of `pair`."""
    both = all(any(has_word(message, word) for word in side) for side in pair)
    return both or any(has_word(message, name) for name in names)


def of_error(message: str, names: Iterable[str], pair: Pair) -> Verdict:
    """The verdict of a call that raised."""
    return "error named the field" if names_the_field(message, names, pair) else "error unclear"


def first_line(message: str) -> str:
    """The first line of a message that says something, with the last part alone of each path that is no address."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return re.sub(r"(?<![\w./])/(?:[\w.+-]+/)+", "", lines[0]) if lines else ""
