"""Elements of HTML, SVG and XML, whose text is escaped when they are written."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, indent, tostring

ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for, not even escaped."""


def element(tag: str, *content: Element | str | None, **attributes: object) -> Element:
    """An element of text and further elements, where None is nothing.

    An attribute is named as in Python: ``class_`` and ``stroke_width`` are ``class`` and ``stroke-width``.
    One that is None is left out.
    """
    made = Element(tag)
    for name, value in attributes.items():
        if value is not None:
            made.set(name.rstrip("_").replace("_", "-"), legal(str(value)))
    last: Element | None = None
    for part in content:
        if isinstance(part, Element):
            made.append(part)
            last = part
        elif part is not None and last is None:
            made.text = (made.text or "") + legal(part)
        elif part is not None and last is not None:
            last.tail = (last.tail or "") + legal(part)
    return made


def legal(text: str) -> str:
    """`text` with a question mark in a diamond for every character that XML has no place for."""
    return ILLEGAL.sub("\ufffd", text)


def as_html(root: Element) -> str:
    """A page."""
    return "<!DOCTYPE html>\n" + tostring(root, encoding="unicode", method="html") + "\n"


def as_xml(root: Element) -> str:
    """A document in UTF-8, one line an element."""
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"
