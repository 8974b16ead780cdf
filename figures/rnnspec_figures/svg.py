"""What all drawings share: the root of an SVG with its words, and text in it.

Colours are classes, which the style sheet of the site fills for light and dark; no drawing has an id, so that many can
stand on a page.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, tostring

from rnnspec_conformance.reports.markup import element

INDEXED = ("label", "end")
"""The classes of words in which an underscore makes an index."""


def drawing(
    parts: Iterable[Element], *, width: float, height: float, title: str, class_: str, top: float = 0
) -> Element:
    """An image that a screen reader reads by its title; what is above `top` is empty and left out."""
    return element(
        "svg",
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 {top:g} {width:g} {height - top:g}",
        width=f"{width:g}",
        height=f"{height - top:g}",
        role="img",
        aria_label=title,
        class_=f"drawing {class_}",
    )


def text(content: str, *, x: float, y: float, class_: str = "label", anchor: str = "middle") -> Element:
    """Words; an index behind an underscore stands lower, as in W_i."""
    letter, _, index = content.partition("_") if class_ in INDEXED else (content, "", "")
    lower = [element("tspan", index, class_="index", dy="3")] if index else []
    return element("text", letter, *lower, x=f"{x:g}", y=f"{y:g}", text_anchor=anchor, class_=class_)


def figure(svg: Element, caption: str) -> str:
    """The markup of a figure, whose drawing scrolls inside it where the page is narrow."""
    scroll = element("div", svg, class_="drawing-scroll", tabindex="0", role="group", aria_label=caption)
    made = element("figure", scroll, element("figcaption", caption), class_="drawn")
    return tostring(made, encoding="unicode")
