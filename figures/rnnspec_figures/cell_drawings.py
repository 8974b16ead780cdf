"""The cells of the text, drawn from their options."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from rnnspec import GRU, LSTM, RNN, Cell
from rnnspec_figures.svg import drawing, text
from rnnspec_figures.wiring import (
    GATES,
    HEIGHT,
    HIGH,
    LEFT,
    MIDDLE,
    RAIL_H,
    RAIL_X,
    RIGHT,
    ROUND,
    TOP,
    WIDE,
    WIDTH,
    Wiring,
)

TIMES, PLUS, SIGMA, ONE_MINUS = "\N{MULTIPLICATION SIGN}", "+", "\N{GREEK SMALL LETTER SIGMA}", "1\N{MINUS SIGN}"
PRIME = "\N{PRIME}"
UPPER = GATES - HIGH / 2
"""The upper side of a gate."""

OF_LSTM: dict[str, float] = {"f": 150, "i": 250, "g": 350, "o": 470}
ASIDE = 14
"""How far beside the middle of a gate a peephole enters."""

SUM, PRODUCT, PROJECTION = 300, 530, 595
"""Where the LSTM sums, where it multiplies by the output gate, and where it projects."""

OF_GRU: dict[str, float] = {"z": 130, "r": 260, "n": 500}
RESET = 380
REACHED = {"after": 40, "before": ROUND, "none": 13}
"""How far below the gates h ends: at the matrix or at the product."""


def cell_drawing(cell: Cell) -> Element:
    """The drawing of a cell."""
    wiring = Wiring()
    match cell:
        case LSTM():
            lstm(wiring, cell)
        case GRU():
            gru(wiring, cell)
        case RNN():
            rnn(wiring)
    title, top = f"{said(cell)} {LEGEND}", MIDDLE + 30 if isinstance(cell, RNN) else 0
    parts = wiring.wires + wiring.parts
    return drawing(parts, width=WIDTH, height=HEIGHT, title=title, class_="cell", top=top)


def flow_drawing() -> Element:
    """Data flow through a step of an LSTM that projects, with the shape of every array."""
    wiring = Wiring()
    lstm(wiring, LSTM(projection=2))
    shapes: list[tuple[str, float, float]] = [
        ("[H]", LEFT + 60, TOP - 8),
        ("[H]", RIGHT - 40, TOP - 8),
        ("[J]", LEFT + 60, RAIL_H - 6),
    ]
    shapes += [("[I]", LEFT + 60, RAIL_X - 6), ("[J]", RIGHT - 18, MIDDLE + 44), ("[H]", SUM + 22, MIDDLE - 22)]
    shapes += [("[H]", x + 16, UPPER - 8) for x in OF_LSTM.values()]
    words = [text(shape, x=x, y=y, class_="axis") for shape, x, y in shapes]
    title = (
        f"Data flow through a step. {said(LSTM(projection=2))} Cells and gates are H long, h is J long, x is I long."
    )
    return drawing([*wiring.wires, *wiring.parts, *words], width=WIDTH, height=HEIGHT, title=title, class_="cell")


LEGEND = "Boxes are gates and functions, circles are products and sums unit by unit."


def rnn(wiring: Wiring) -> None:
    """The simple recurrent layer."""
    x = WIDTH / 2
    wiring.rails(h=(x,), x=(x,))
    wiring.box(x, GATES, class_="block gate-plain")
    wiring.parts.append(text("tanh", x=x, y=GATES + 4))
    wiring.wire((x + WIDE / 2, GATES), (RIGHT - 14, GATES))
    wiring.end(f"h{PRIME}", RIGHT, GATES)


def lstm(wiring: Wiring, cell: LSTM) -> None:
    """An LSTM: the cell state on top, the gates below, the output on the right."""
    f, i, g = (OF_LSTM[name] for name in "fig")
    coupled = cell.coupling == "forget"
    gates = {name: x for name, x in OF_LSTM.items() if not (coupled and name == "f")}
    wiring.rails(h=tuple(gates.values()), x=tuple(gates.values()))
    for name, x in gates.items():
        wiring.gate(name, x, "tanh" if name == "g" else SIGMA)
    wiring.end("c", LEFT, TOP)
    wiring.wire((LEFT + 12, TOP), (f - ROUND, TOP))
    wiring.wire((f + ROUND, TOP), (SUM - ROUND, TOP))
    wiring.wire((SUM + ROUND, TOP), (RIGHT - 14, TOP))
    wiring.end(f"c{PRIME}", RIGHT, TOP)
    if coupled:
        wiring.dot(i, MIDDLE + 20)
        wiring.wire((i, MIDDLE + 20), (f + ROUND, MIDDLE + 20))
        wiring.op(ONE_MINUS, f, MIDDLE + 20)
        wiring.wire((f, MIDDLE + 20 - ROUND), (f, TOP + ROUND))
    else:
        wiring.wire((f, UPPER), (f, TOP + ROUND))
    wiring.wire((i, UPPER), (i, MIDDLE), (SUM - ROUND, MIDDLE))
    wiring.wire((g, UPPER), (g, MIDDLE), (SUM + ROUND, MIDDLE))
    wiring.wire((SUM, MIDDLE - ROUND), (SUM, TOP + ROUND))
    wiring.op(TIMES, f, TOP)
    wiring.op(PLUS, SUM, TOP)
    wiring.op(TIMES, SUM, MIDDLE)
    peepholes(wiring, cell, gates)
    output(wiring, cell)


def output(wiring: Wiring, cell: LSTM) -> None:
    """From the new cell state to the new hidden state."""
    level, o = MIDDLE + 22, OF_LSTM["o"]
    wiring.dot(PRODUCT, TOP)
    wiring.wire((PRODUCT, TOP), (PRODUCT, 80))
    wiring.function("tanh", PRODUCT, 93)
    wiring.wire((PRODUCT, 106), (PRODUCT, level - ROUND))
    wiring.wire((o, UPPER), (o, level), (PRODUCT - ROUND, level))
    wiring.op(TIMES, PRODUCT, level)
    if cell.projection:
        wiring.wire((PRODUCT + ROUND, level), (PROJECTION - WIDE / 2, level))
        wiring.function("P_h", PROJECTION, level)
        wiring.wire((PROJECTION + WIDE / 2, level), (RIGHT - 14, level))
    else:
        wiring.wire((PRODUCT + ROUND, level), (RIGHT - 14, level))
    wiring.end(f"h{PRIME}", RIGHT, level)


def peepholes(wiring: Wiring, cell: LSTM, gates: dict[str, float]) -> None:
    """From the cell state to the gates: the old one, and to the output gate the old or the new one."""
    if cell.peephole == "none":
        return
    start, level = 80, MIDDLE + 32
    old = [name for name in ("f", "i", "o") if name in gates and (name != "o" or cell.peephole == "old")]
    branch(wiring, start, level, [gates[name] - ASIDE for name in old])
    if cell.peephole == "new":
        branch(wiring, gates["o"] - ASIDE - 26, level, [gates["o"] - ASIDE])


def branch(wiring: Wiring, start: float, level: float, ends: list[float]) -> None:
    """A peephole from the cell state down to a level, along it, and down to the gates."""
    wiring.dot(start, TOP, kind="peep")
    wiring.wire((start, TOP), (start, level), (max(ends), level), kind="peep", arrow=False)
    for x in ends:
        wiring.wire((x, level), (x, UPPER), kind="peep")


def gru(wiring: Wiring, cell: GRU) -> None:
    """A GRU whose update gate keeps: the state on top, the candidate on the right."""
    gates = {name: OF_GRU[name] for name in cell.gates}
    z, n = gates["z"], gates["n"]
    see_h = tuple(x for name, x in gates.items() if name != "n")
    wiring.rails(h=see_h, x=tuple(gates.values()), further=(RESET, GATES + REACHED[cell.reset]))
    for name, x in gates.items():
        wiring.gate(name, x, "tanh" if name == "n" else SIGMA)
    wiring.end("h", LEFT, TOP)
    wiring.wire((LEFT + 12, TOP), (z - ROUND, TOP))
    wiring.wire((z + ROUND, TOP), (n - ROUND, TOP))
    wiring.wire((n + ROUND, TOP), (RIGHT - 14, TOP))
    wiring.end(f"h{PRIME}", RIGHT, TOP)
    wiring.wire((z, UPPER), (z, TOP + ROUND))
    wiring.dot(z, MIDDLE)
    middle = (z + n) / 2
    wiring.wire((z, MIDDLE), (middle - ROUND, MIDDLE))
    wiring.wire((middle + ROUND, MIDDLE), (n - ROUND, MIDDLE))
    wiring.wire((n, UPPER), (n, MIDDLE + ROUND))
    wiring.wire((n, MIDDLE - ROUND), (n, TOP + ROUND))
    for symbol, x, y in ((TIMES, z, TOP), (ONE_MINUS, middle, MIDDLE), (TIMES, n, MIDDLE), (PLUS, n, TOP)):
        wiring.op(symbol, x, y)
    reset(wiring, cell, gates)


def reset(wiring: Wiring, cell: GRU, gates: dict[str, float]) -> None:
    """From the old h to the candidate, past the reset gate."""
    into = gates["n"] - WIDE / 2
    resets = None if cell.reset == "none" else gates["z" if cell.minimal else "r"]
    if resets is None:
        wiring.function("R_n", RESET, GATES)
        wiring.wire((RESET + WIDE / 2, GATES), (into, GATES))
    elif cell.reset == "after":
        wiring.function("R_n", RESET, GATES + 27)
        wiring.wire((RESET, GATES + 14), (RESET, GATES - 10 + ROUND))
        wiring.wire((resets + WIDE / 2, GATES - 10), (RESET - ROUND, GATES - 10))
        wiring.wire((RESET + ROUND, GATES - 10), (into, GATES - 10))
        wiring.op(TIMES, RESET, GATES - 10)
    else:
        wiring.wire((resets + WIDE / 2, GATES), (RESET - ROUND, GATES))
        wiring.wire((RESET + ROUND, GATES), (RESET + 24, GATES))
        wiring.op(TIMES, RESET, GATES)
        wiring.function("R_n", RESET + 24 + WIDE / 2, GATES)
        wiring.wire((RESET + 24 + WIDE, GATES), (into, GATES))


PEEPHOLES = {
    "none": "",
    "new": " Peepholes lead from the old cell state to the input and forget gate, from the new one to the output gate.",
    "old": " Peepholes lead from the old cell state to all three gates.",
}

RESETS = {
    "after": "The {gate} multiplies the recurrent product.",
    "before": "The {gate} multiplies the old state before the recurrent product.",
    "none": "There is no reset gate: the candidate sees the old state.",
}


def said(cell: Cell) -> str:
    """A cell in a few sentences."""
    match cell:
        case RNN():
            return "Simple recurrent layer: the input and the old h enter one tanh, which gives the new h."
        case LSTM():
            forget = "one minus the input gate" if cell.coupling == "forget" else "the forget gate"
            ends = ", and is projected by P_h" if cell.projection else ""
            return (
                f"LSTM: the old cell state times {forget}, plus the candidate times the input gate, is the new one; "
                f"its tanh times the output gate is the new h{ends}.{PEEPHOLES[cell.peephole]}"
            )
        case GRU():
            gate = "update gate" if cell.minimal else "reset gate"
            return (
                "GRU: the old state times the update gate, plus the candidate times one minus the update gate, is the "
                f"new state. {RESETS[cell.reset].format(gate=gate)}"
            )
