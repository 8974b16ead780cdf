"""All vectors, declared as data, family by family."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import chain
from typing import Any

from rnnspec_workshop.vectors.cell_options import CONSTANTS, Cell, activation, gru, lstm, rnn
from rnnspec_workshop.vectors.declaration import Declaration, LayerDeclaration, problem_of
from rnnspec_workshop.vectors.differences import answer

FAMILIES: dict[str, str] = {
    "rnn": "The simple recurrent layer.",
    "lstm": "The LSTM: gates, couplings, the relevance gate, full gate recurrence, and cells known by a name.",
    "peephole": "The peephole LSTM, with every option that touches its peepholes.",
    "projection": "Projections of the LSTM's hidden state.",
    "gru": "The GRU: the place of the reset gate, the update convention, and the minimal unit.",
    "activations": "Every activation in every place where a cell has one.",
    "clips": "Clips of the cell, of the projection and of pre-activations.",
    "kinks": "Derivatives on kinks and behind straight-through clips, where the rules choose them.",
    "sequences": "Lengths, padding, directions, merges, orders of outputs, initial and final states, chunks.",
    "stacks": "Several layers.",
    "sizes": "Every cell in other sizes, down to one of everything.",
    "cotangents": "Gradients of outputs alone, of final states alone, and none.",
    "saturation": "Pre-activations far outside the range of any exponential.",
}
"""Every family, in the order of the files' index, and what it is about."""


SALTS: dict[str, int] = {
    "gate-recurrence-tall": 1,
    "gru-before-reverse-lengths": 2,
    "gru-before-take-again": 1,
    "gru-bidirectional-lengths": 1,
    "gru-gate-identity": 1,
    "gru-gate-leaky-relu-constants": 1,
    "gru-gate-softplus": 1,
    "gru-merge-none": 1,
    "gru-merge-sum-repeat": 1,
    "gru-processing": 2,
    "lstm-bidirectional": 1,
    "lstm-gate-leaky-relu-constants": 3,
    "lstm-gate-scaled-tanh-constants": 4,
    "lstm-gate-thresholded-relu-constants": 3,
    "lstm-ones": 2,
    "lstm-stack-bidirectional": 2,
    "peephole-bidirectional": 1,
    "peephole-long": 1,
    "projection-to-more": 4,
    "stack-final-states": 1,
    "stack-of-kinds": 2,
}
"""Vectors whose first numbers are badly conditioned, by id (`Declaration.salt`)."""


@cache
def catalogue() -> tuple[Declaration, ...]:
    """Every declared vector.

    Raises
    ------
    ValueError
        When an id stands twice, or a family is unknown.
    """
    parts: tuple[Callable[[], Iterator[Declaration]], ...]
    parts = (_rnn, _lstm, _peephole, _projection, _gru, _activations, _clips, _kinks, _sequences, _chunks)
    parts += (_stacks, _sizes, _cotangents, _saturation)
    found = tuple(
        replace(declaration, salt=SALTS.get(declaration.id, 0))
        for declaration in chain.from_iterable(part() for part in parts)
    )
    ids = [declaration.id for declaration in found]
    twice = {id for id in ids if ids.count(id) > 1}
    strange = {declaration.family for declaration in found} - FAMILIES.keys()
    if twice or strange:
        raise ValueError(f"ids that stand twice: {sorted(twice)}; unknown families: {sorted(strange)}")
    return found


def _one(family: str, id: str, sentence: str, cell: Cell, *subject: str, **others: Any) -> Declaration:
    """A vector of one forward layer."""
    layer = {name: others.pop(name) for name in ("H", "direction", "merge", "reverse_outputs") if name in others}
    layers = (LayerDeclaration(cell=cell, **layer),)
    return Declaration(id=id, family=family, sentence=sentence, subject=subject, layers=layers, **others)


def _rnn() -> Iterator[Declaration]:
    yield _one("rnn", "rnn-tanh", "h' = tanh(W x + R h + b)", rnn(), "RNN-1", "RNN-2")
    yield _one("rnn", "rnn-relu", "h' = max(0, W x + R h + b)", rnn(activation="relu"), "RNN-2")
    no_bias = rnn(bias=False)
    yield _one("rnn", "rnn-without-bias", "without a bias h' = tanh(W x + R h)", no_bias, "PAR-5", like="rnn-tanh")
    yield _one(
        "rnn",
        "rnn-zero-bias",
        "a bias of zeros gives what no bias gives, and has a gradient",
        rnn(),
        "PAR-5",
        like="rnn-tanh",
        given={"layers[0][0].b": [0.0, 0.0]},
    )
    yield _one(
        "rnn",
        "rnn-orientation",
        "row j of a matrix belongs to unit j: R = ((0, 1), (0, 0)) brings unit 1 to unit 0",
        rnn(activation="relu", bias=False),
        "PAR-3",
        T=1,
        B=1,
        I=1,
        given={
            "x": [[[0.5]]],
            "initial[0][0].h": [[3.0, 5.0]],
            "layers[0][0].W": [[1.0], [2.0]],
            "layers[0][0].R": [[0.0, 1.0], [0.0, 0.0]],
        },
    )


ABSENT = (("input", "i", "VAR-1"), ("forget", "f", "VAR-2"), ("output", "o", "VAR-3"))
COUPLINGS = (("forget", "f = 1 - i", "VAR-4"), ("input", "i = 1 - f", "VAR-5"))


def _lstm() -> Iterator[Declaration]:
    def one(id: str, sentence: str, cell: Cell, *subject: str, **others: Any) -> Declaration:
        return _one("lstm", f"lstm-{id}", sentence, cell, *subject, **({"like": "lstm-plain"} | others))

    yield one("plain", "the LSTM without peepholes", lstm(), "LSTM-1", "LSTM-2", "LSTM-3", "LSTM-4", "LSTM-5", "LSTM-6")
    yield one("plain-again", "the same with other numbers", lstm(), "LSTM-4", "LSTM-7", like="")
    yield one("without-bias", "a gate without a bias is W x + R h", lstm(bias=False), "PAR-5")
    zeros = {f"layers[0][0].b_{gate}": [0.0, 0.0] for gate in "ifgo"}
    yield one("zero-bias", "biases of zeros give what no biases give", lstm(), "PAR-5", given=zeros)
    for name, letter, rule in ABSENT:
        cell = lstm(**{f"{name}_gate": False})
        yield one(f"without-{name}-gate", f"an absent {name} gate is {letter} = 1, without parameters", cell, rule)
    yield one("without-gates", "with no gate at all, c' = c + g", lstm(**_without("ifo")), "VAR-1", "VAR-2", "VAR-3")
    yield one("only-forget-gate", "only the forget gate is there", lstm(**_without("io")), "VAR-1", "VAR-3")
    for how, equation, rule in COUPLINGS:
        yield one(f"coupling-{how}", f"{equation}, without parameters of its own", lstm(coupling=how), rule, "GRAD-13")
        cell = lstm(coupling=how, output_gate=False, bias=False)
        yield one(f"coupling-{how}-without-output-gate", f"{equation}, o = 1, no biases", cell, rule, "VAR-3")
    relevance = lstm(relevance_gate=True)
    yield one(
        "relevance", "a relevance gate multiplies the state that enters the candidate", relevance, "VAR-6", "GRAD-14"
    )
    yield one("relevance-without-bias", "the same without biases", lstm(relevance_gate=True, bias=False), "VAR-6")
    both = lstm(relevance_gate=True, coupling="forget")
    yield one("relevance-coupling-forget", "a relevance gate beside f = 1 - i", both, "VAR-6", "VAR-4")
    full = lstm(gate_recurrence=True)
    yield one("gate-recurrence", "the gates of the step before enter all gates", full, "VAR-7", "GRAD-15")
    yield one("gate-recurrence-from-zero", "initial gates, where absent, are zeros", full, "VAR-7", initial=False)
    yield one(
        "gate-recurrence-lengths",
        "gates that enter the next step stay in the padding like the rest of the state",
        full,
        "VAR-7",
        "SEQ-3",
        lengths=(1, 3),
    )
    both = lstm(gate_recurrence=True, relevance_gate=True, bias=False)
    yield one(
        "gate-recurrence-relevance", "the relevance gate does not see the gates of the step before", both, "VAR-7"
    )
    squash = {"candidate_activation": activation("scaled_tanh", 2.0, 0.5)}
    squash |= {"output_activation": activation("scaled_tanh", 1.0, 0.5)}
    yield one("1997", "no forget gate, and the squashing functions of 1997", lstm(forget_gate=False, **squash), "VAR-8")
    flat = lstm(candidate_activation="identity", output_activation="identity")
    yield one("identity-activations", "neither the candidate nor the cell is squashed", flat, "VAR-8")
    hard = lstm(gate_activation="hard_sigmoid")
    yield one("hard-gates", "gates through clip(0.2 a + 0.5, 0, 1)", hard, "VAR-8", "ACT-2", like="")
    relu = lstm(candidate_activation="relu", output_activation="relu")
    yield one("relu", "the candidate and the cell through relu", relu, "VAR-8", like="")


def _without(gates: str) -> dict[str, Any]:
    return {f"{name}_gate": False for name, letter, _ in ABSENT if letter in gates}


def _peephole() -> Iterator[Declaration]:
    for form, seen, rule in (("new", "c'", "PEEP-3"), ("old", "c", "PEEP-4")):

        def one(id: str, sentence: str, *subject: str, form: str = form, **given: Any) -> Declaration:
            names = ("lengths", "initial", "like", "T", "B", "I", "H")
            others = {name: given.pop(name) for name in names if name in given}
            cell = lstm(peephole=form, **given)
            return _one("peephole", f"peephole-{form}{id}", sentence, cell, *subject, **({"like": "peephole"} | others))

        yield one("", f"the output gate sees {seen}", rule, "PEEP-1", "PEEP-2", "PEEP-5", "GRAD-4")
        yield one("-again", f"the output gate sees {seen}, with other numbers", rule, "PEEP-1", "GRAD-4", like="")
        yield one("-without-bias", "peepholes without biases", rule, "PAR-5", bias=False)
        for name, letter, absent in ABSENT:
            sentence = f"{letter} = 1 has no peephole"
            yield one(
                f"-without-{name}-gate", sentence, "PEEP-2" if letter == "o" else rule, absent, **_without(letter)
            )
        for how, equation, coupled in COUPLINGS:
            yield one(f"-coupling-{how}", f"{equation} has no peephole of its own", rule, coupled, coupling=how)
        sentence = "the peephole of the step before is not that of the gates of the step before"
        yield one("-gate-recurrence", sentence, rule, "VAR-7", gate_recurrence=True)
        yield one(
            "-relevance", "neither the candidate nor its relevance gate sees the cell", "PEEP-5", relevance_gate=True
        )
        yield one("-cell-clip", f"the output gate sees {seen}, clipped", rule, "CLIP-1", cell_clip=0.5)
        yield one("-lengths", "padding leaves the cell that the peepholes see alone", rule, "SEQ-3", lengths=(3, 1))
        linear = {"candidate_activation": "identity", "output_activation": "softsign"}
        yield one("-activations", "peepholes beside other activations", rule, "VAR-8", **linear)


def _projection() -> Iterator[Declaration]:
    def one(id: str, sentence: str, *subject: str, **given: Any) -> Declaration:
        names = ("lengths", "direction", "merge", "padded_outputs", "I", "H", "B", "T")
        others = {name: given.pop(name) for name in names if name in given}
        cell = lstm(**({"projection": 2} | given))
        shared = {"like": "projection", "H": 3, "I": 2} | others
        return _one("projection", f"projection{id}", sentence, cell, *subject, **shared)

    yield one("", "h' = P_h m has other features than c'", "PROJ-1", "GRAD-16")
    yield one("-to-one", "one feature is fed back to three units", "PROJ-1", projection=1)
    yield one("-to-more", "a projection may have more features than units", "PROJ-1", projection=3, H=2)
    yield one("-bias", "a bias is added to the projection", "PROJ-2", projection_bias=True)
    yield one("-without-bias", "gates without biases, projection with one", "PROJ-2", projection_bias=True, bias=False)
    yield one("-output", "q = P_q m is appended to the output and fed back nowhere", "PROJ-3", output_projection=2)
    both = {"output_projection": 1, "projection_bias": True}
    yield one("-output-bias", "both projections have biases", "PROJ-3", "PROJ-2", **both)
    yield one("-clip", "h' is clipped after the projection", "CLIP-2", projection_clip=0.25)
    yield one("-clip-bias", "biases come before the clip, and q is not clipped", "CLIP-2", projection_clip=0.25, **both)
    yield one("-peephole", "peepholes see the cell, which is not projected", "PROJ-1", "PEEP-3", peephole="new")
    every = {"peephole": "new", "cell_clip": 0.5, "projection_clip": 0.375, "output_projection": 2}
    yield one("-sak", "projections, peepholes and both clips together", "PROJ-3", "CLIP-1", "CLIP-2", **every)
    yield one("-coupling", "a projection beside f = 1 - i", "PROJ-1", "VAR-4", coupling="forget")
    yield one("-gate-recurrence", "gates of the step before are not projected", "PROJ-1", "VAR-7", gate_recurrence=True)
    yield one("-without-output-gate", "m = tanh(c') is projected", "PROJ-1", "VAR-3", output_gate=False)
    yield one("-lengths", "outputs of both projections are zero in the padding", "SEQ-4", lengths=(1, 3), **both)
    both_ways = {"direction": "bidirectional", "output_projection": 1}
    yield one("-bidirectional", "[h', q] of both directions side by side", "SEQ-7", "PROJ-3", **both_ways)
    repeat = {"lengths": (2, 3), "padded_outputs": "repeat", "output_projection": 1}
    yield one("-repeat", "the repeated output is [h', q]", "SEQ-11", "PROJ-3", **repeat)


RESETS = (("after", "GRU-3", "GRAD-5"), ("before", "GRU-4", "GRAD-6"), ("none", "GRU-8", "GRAD-5"))
UPDATES = (("keep", "GRU-5"), ("take", "GRU-6"))


def _gru() -> Iterator[Declaration]:
    for reset, place, adjoint in RESETS:
        for update, sense in UPDATES:

            def one(
                id: str, sentence: str, *subject: str, reset: str = reset, update: str = update, **options: Any
            ) -> Declaration:
                lengths = options.pop("lengths", None)
                like = options.pop("like", "gru")
                cell = gru(reset=reset, update=update, **options)
                name = f"gru-{reset}-{update}{id}"
                return _one("gru", name, sentence, cell, *subject, like=like, lengths=lengths, I=2)

            here = f"reset {reset}, update {update}"
            yield one("", here, place, sense, adjoint)
            yield one("-again", f"{here}, with other numbers", place, sense, adjoint, like="")
            yield one("-without-bias", f"{here}, without biases", place, "PAR-5", bias=False)
            yield one("-lengths", f"{here}, with padding", place, "SEQ-3", lengths=(3, 1))
            yield one(
                "-softsign", f"{here}, candidate through softsign", place, "GRU-10", candidate_activation="softsign"
            )
            if reset != "none":
                minimal = f"{here}; the update gate resets too"
                yield one("-minimal", minimal, "GRU-9", place, sense, "GRAD-17", minimal=True)
                yield one("-minimal-without-bias", f"{minimal}, no biases", "GRU-9", "PAR-5", minimal=True, bias=False)
    hard = gru(gate_activation="hard_sigmoid", candidate_activation="relu")
    yield _one("gru", "gru-hard", "hard gates and a relu candidate", hard, "GRU-10", "ACT-2")
    hard = gru(reset="before", gate_activation="hard_sigmoid", candidate_activation="softplus")
    yield _one("gru", "gru-before-hard", "hard gates and a softplus candidate, reset before", hard, "GRU-10", "ACT-2")
    for reset in ("after", "before"):
        problem, _ = problem_of(_one("gru", "gru-sense", "", gru(reset=reset)), 0)
        numbers = problem["layers"][0]["parameters"][0]
        negated = {f"layers[0][0].{name}_z": _negated(numbers[f"{name}_z"]) for name in ("W", "R", "b")}
        sentence = "a keep GRU and the take GRU whose W_z, R_z and b_z are negated have the same outputs"
        for update, given in (("keep", {}), ("take", negated)):
            cell = gru(reset=reset, update=update)
            id = f"gru-{reset}-{update}-of-a-pair"
            yield _one("gru", id, sentence, cell, "GRU-7", like="gru-sense", given=given)


def _negated(array: Any) -> Any:
    return [_negated(part) for part in array] if isinstance(array, list) else -array


OTHER_CONSTANTS: dict[str, tuple[float, float | None]] = {
    "affine": (0.75, -0.125),
    "leaky_relu": (0.25, None),
    "thresholded_relu": (0.25, None),
    "scaled_tanh": (1.5, 0.75),
    "hard_sigmoid": (1 / 6, 0.5),
    "elu": (0.5, None),
}


def _activations() -> Iterator[Declaration]:
    def one(place: str, which: dict[str, Any], cell: Cell, rule: str) -> Declaration:
        usual = which == activation(which["name"])
        constants = "" if usual else "-constants"
        id = f"{place}-{which['name'].replace('_', '-')}{constants}"
        given = " with constants of its own" if constants else ""
        subject = ("ACT-1", "ACT-2", rule) if which["name"] == "hard_sigmoid" else ("ACT-1", rule)
        sentence = f"{which['name']}{given} in the place: {place.replace('-', ' ')}"
        # Hard sigmoids share their numbers with the sigmoid, so that files show how far apart the three are.
        like = f"{place}-sigmoids" if "sigmoid" in which["name"] else ""
        return _one("activations", id, sentence, cell, *subject, like=like, T=2, I=2)

    for name in CONSTANTS:
        some = [activation(name)]
        if name in OTHER_CONSTANTS:
            some.append(activation(name, *OTHER_CONSTANTS[name]))
        for which in some:
            if name not in ("tanh", "relu"):
                yield one("rnn", which, rnn(activation=which), "RNN-1")
            if name != "tanh":
                yield one("lstm-candidate", which, lstm(candidate_activation=which), "VAR-8")
                yield one("lstm-output", which, lstm(output_activation=which), "VAR-8")
                yield one("gru-candidate", which, gru(candidate_activation=which), "GRU-10")
            if name != "sigmoid":
                yield one("lstm-gate", which, lstm(gate_activation=which, peephole="new"), "VAR-8")
                yield one("gru-gate", which, gru(gate_activation=which, reset="before"), "GRU-10")


def _clips() -> Iterator[Declaration]:
    def one(id: str, sentence: str, cell: Cell, *subject: str, **others: Any) -> Declaration:
        return _one("clips", f"clip-{id}", sentence, cell, *subject, **others)

    yield one("cell", "c' is clipped, and everything sees the clipped one", lstm(cell_clip=0.5), "CLIP-1", "CLIP-4")
    yield one("cell-peephole", "the output gate sees the clipped c'", lstm(cell_clip=0.5, peephole="new"), "CLIP-1")
    open_cell = lstm(cell_clip=0.625, **_without("f"))
    yield one("cell-without-forget-gate", "a cell that only adds is clipped at every step", open_cell, "CLIP-1", T=4)
    relevance = lstm(cell_clip=0.5, relevance_gate=True)
    yield one("cell-relevance", "a clipped cell state beside a relevance gate", relevance, "CLIP-1", "VAR-6")
    yield one("cell-wide", "a bound that is never reached changes nothing", lstm(cell_clip=8.0), "CLIP-1")
    yield one("projection", "h' is clipped", lstm(projection=2, projection_clip=0.125), "CLIP-2", "CLIP-4", H=3, I=2)
    for name, cell in (
        ("rnn", rnn(preactivation_clip=0.75)),
        ("rnn-relu", rnn(preactivation_clip=0.75, activation="relu")),
        ("lstm", lstm(preactivation_clip=0.75)),
        ("lstm-peephole", lstm(preactivation_clip=0.75, peephole="new")),
        ("lstm-peephole-old", lstm(preactivation_clip=0.75, peephole="old")),
        ("lstm-relevance", lstm(preactivation_clip=0.75, relevance_gate=True)),
        ("lstm-gate-recurrence", lstm(preactivation_clip=0.75, gate_recurrence=True)),
        ("lstm-coupling", lstm(preactivation_clip=0.75, coupling="input")),
        ("lstm-projection", lstm(preactivation_clip=0.75, projection=1)),
        ("gru-after", gru(preactivation_clip=0.75)),
        ("gru-before", gru(preactivation_clip=0.75, reset="before")),
        ("gru-none", gru(preactivation_clip=0.75, reset="none", update="take")),
        ("gru-minimal-after", gru(preactivation_clip=0.75, minimal=True)),
        ("gru-minimal-before", gru(preactivation_clip=0.75, minimal=True, reset="before", update="take")),
    ):
        yield one(f"preactivation-{name}", "every complete pre-activation is clipped", cell, "CLIP-3", "CLIP-4")
    every = lstm(preactivation_clip=1.0, cell_clip=0.5, projection=2, projection_clip=0.25, peephole="new")
    yield one("all", "three clips at once", every, "CLIP-1", "CLIP-2", "CLIP-3")
    yield one("all-lengths", "three clips, padding, reverse", every, "CLIP-1", lengths=(3, 1), direction="reverse")
    yield one(
        "preactivation-hard",
        "a clip in front of a hard gate",
        lstm(preactivation_clip=1.0, gate_activation="hard_sigmoid"),
        "CLIP-3",
    )


def _kinks() -> Iterator[Declaration]:
    def straight(id: str, sentence: str, cell: Cell, *subject: str, **others: Any) -> Declaration:
        return _one("kinks", f"straight-through-{id}", sentence, cell, "CLIP-5", *subject, held=True, **others)

    through = {"clip_derivative": "straight-through"}
    text = "clipped, and differentiated as though it were not"
    yield straight("cell", f"c' is {text}", lstm(cell_clip=0.5, **through), "CLIP-1")
    yield straight("cell-peephole", f"c' is {text}", lstm(cell_clip=0.5, peephole="new", **through), "CLIP-1")
    projection = lstm(projection=2, projection_clip=0.125, **through)
    yield straight("projection", f"h' is {text}", projection, "CLIP-2", H=3, I=2)
    yield straight("rnn", f"the pre-activation is {text}", rnn(preactivation_clip=0.75, **through), "CLIP-3")
    yield straight("lstm", f"every pre-activation is {text}", lstm(preactivation_clip=0.75, **through), "CLIP-3")
    yield straight("gru", f"every pre-activation is {text}", gru(preactivation_clip=0.75, **through), "CLIP-3")
    before = gru(preactivation_clip=0.75, reset="before", **through)
    yield straight("gru-before", f"every pre-activation is {text}", before, "CLIP-3")

    # One unit and one step: the pre-activation W x + R h + b is 1 * 0.5 + 1 * 0.25 + b.
    def on_a_kink(id: str, sentence: str, kink: float, *subject: str, **options: Any) -> Declaration:
        given = {
            "x": [[[0.5]]],
            "initial[0][0].h": [[0.25]],
            "layers[0][0].W": [[1.0]],
            "layers[0][0].R": [[1.0]],
            "layers[0][0].b": [kink - 0.75],
        }
        sizes = {"T": 1, "B": 1, "I": 1, "H": 1}
        return _one("kinks", f"kink-{id}", sentence, rnn(**options), *subject, held=True, given=given, **sizes)

    yield on_a_kink("relu", "the derivative of relu at 0 is 0", 0.0, "GRAD-12", "ACT-3", activation="relu")
    leaky = activation("leaky_relu", 0.25)
    yield on_a_kink("leaky-relu", "the derivative of leaky_relu at 0 is 1", 0.0, "ACT-3", activation=leaky)
    threshold = activation("thresholded_relu", 0.5)
    sentence = "at its threshold thresholded_relu is 0, and so is its derivative"
    yield on_a_kink("thresholded-relu", sentence, 0.5, "ACT-3", activation=threshold)
    hard = activation("hard_sigmoid", 0.25, 0.5)
    yield on_a_kink(
        "hard-sigmoid-low", "hard_sigmoid has no derivative at its lower corner", -2.0, "ACT-3", activation=hard
    )
    yield on_a_kink(
        "hard-sigmoid-high", "hard_sigmoid has no derivative at its upper corner", 2.0, "ACT-3", activation=hard
    )
    half = activation("elu", 0.5)
    yield on_a_kink("elu", "the derivative of elu at 0 is 1, whatever alpha is", 0.0, "ACT-3", activation=half)
    sentence = "the derivative of a clip at its bound is 1"
    yield on_a_kink("clip-above", sentence, 0.625, "CLIP-4", preactivation_clip=0.625)
    yield on_a_kink("clip-below", sentence, -0.625, "CLIP-4", preactivation_clip=0.625)
    # Everything that enters the candidate is 0, and stays 0 along a direction, whose zeros move together.
    shared: dict[str, Any] = {"held": True, "I": 2}
    zeros: dict[str, Any] = {f"layers[0][0].{name}": [[0.0] * 2] * 2 for name in ("W_n", "R_n")}
    zeros |= {"layers[0][0].b_n": [0.0, 0.0], "layers[0][0].b_Rn": [0.0, 0.0]}
    sentence = "a relu candidate at 0 passes nothing to its parameters"
    yield _one("kinks", "kink-gru-relu", sentence, gru(candidate_activation="relu"), "GRAD-12", given=zeros, **shared)
    zeros = {f"layers[0][0].{name}": [[0.0] * 2] * 2 for name in ("W_g", "R_g")} | {"layers[0][0].b_g": [0.0, 0.0]}
    zeros["initial[0][0].c"] = [[0.0, 0.0], [0.0, 0.0]]
    sentence = "a relu candidate at 0 passes nothing to its parameters, and a relu cell that stays 0 nothing either"
    relu = lstm(candidate_activation="relu", output_activation="relu")
    yield _one("kinks", "kink-lstm-relu", sentence, relu, "GRAD-12", given=zeros, **shared)


CELLS: dict[str, Cell] = {
    "rnn": rnn(),
    "lstm": lstm(),
    "peephole": lstm(peephole="new"),
    "gru": gru(),
    "gru-before": gru(reset="before"),
}
"""A short name of each plain cell: what sequences, stacks and sizes are shown with."""


def _sequences() -> Iterator[Declaration]:
    def one(id: str, sentence: str, cell: Cell, *subject: str, **others: Any) -> Declaration:
        return _one("sequences", id, sentence, cell, *subject, **({"I": 2} | others))

    both, lengths = {"direction": "bidirectional"}, {"lengths": (2, 0, 3), "B": 3}
    for name, cell in CELLS.items():
        yield one(
            f"{name}-reverse",
            "read from the last step to the first, returned in time order",
            cell,
            "SEQ-5",
            "SEQ-6",
            direction="reverse",
        )
        yield one(
            f"{name}-bidirectional", "two directions with parameters and states of their own", cell, "SEQ-7", **both
        )
        sentence = "unequal lengths, one of them 0; what stands in the padding has no influence"
        yield one(f"{name}-lengths", sentence, cell, "SEQ-9", "SEQ-4", "SEQ-3", "SEQ-10", "GRAD-11", **lengths)
        sentence = "in reverse each sequence begins at its own last valid step"
        yield one(f"{name}-reverse-lengths", sentence, cell, "SEQ-5", "SEQ-9", direction="reverse", **lengths)
        sentence = "both directions over unequal lengths"
        yield one(f"{name}-bidirectional-lengths", sentence, cell, "SEQ-7", "SEQ-5", "SEQ-9", **both, lengths=(3, 1))
        yield one(f"{name}-from-zero", "absent initial states are zeros", cell, "SEQ-2", initial=False)
    for name in ("rnn", "lstm", "gru"):
        cell = CELLS[name]
        repeat = {"padded_outputs": "repeat"} | lengths
        sentence = "the last output is repeated in the padding; where there is none stand zeros"
        yield one(f"{name}-repeat", sentence, cell, "SEQ-11", "GRAD-18", **repeat)
        sentence = "in reverse the output repeated is that of step 0"
        yield one(f"{name}-reverse-repeat", sentence, cell, "SEQ-11", direction="reverse", **repeat)
        processing = {"reverse_outputs": "processing", "lengths": (3, 2)}
        sentence = "outputs in the order in which they are computed, then the padding"
        yield one(f"{name}-processing", sentence, cell, "SEQ-12", direction="reverse", **processing)
        sentence = "only the reverse half is in the order of processing"
        yield one(f"{name}-bidirectional-processing", sentence, cell, "SEQ-12", "SEQ-7", **both, **processing)
        for merge in ("sum", "mean", "product"):
            sentence = f"the {merge} of both directions, element by element"
            yield one(f"{name}-merge-{merge}", sentence, cell, "SEQ-13", "GRAD-19", **both, merge=merge)
        yield one(f"{name}-merge-none", "both directions apart", cell, "SEQ-14", "GRAD-19", **both, merge="none")
    for merge in ("sum", "mean", "product", "none"):
        options = {"merge": merge, "lengths": (2, 3), **both}
        sentence = f"merge {merge} over unequal lengths"
        yield one(f"lstm-merge-{merge}-lengths", sentence, CELLS["lstm"], "SEQ-4", "SEQ-9", **options)
        sentence = f"merge {merge} of repeated outputs in the order of processing"
        options |= {"padded_outputs": "repeat", "reverse_outputs": "processing"}
        yield one(f"gru-merge-{merge}-repeat", sentence, CELLS["gru"], "SEQ-11", "SEQ-12", "GRAD-18", **options)
    yield one(
        "rnn-all-empty",
        "every sequence is empty: outputs are zero, final states the initial ones",
        rnn(),
        "SEQ-9",
        lengths=(0, 0),
    )
    yield one(
        "lstm-full-lengths",
        "lengths that are all T change nothing",
        lstm(),
        "SEQ-9",
        like="lstm-no-lengths",
        lengths=(3, 3),
    )
    yield one("lstm-no-lengths", "absent lengths are all T", lstm(), "SEQ-9", like="lstm-no-lengths")
    yield one("lstm-longer-padding", "more padding changes nothing", lstm(), "SEQ-3", "SEQ-10", T=4, lengths=(1, 2))


def _chunks() -> Iterator[Declaration]:
    """A sequence, and the same one in two chunks that hand on states, and hand back their cotangents (SEQ-15)."""
    for name in ("rnn", "lstm", "peephole", "gru"):
        cell = CELLS[name]
        whole = _one("sequences", f"{name}-chunks-whole", "a sequence in one piece", cell, "SEQ-15", T=4, I=2)
        problem, _ = problem_of(whole, 0)
        parameters = {f"layers[0][0].{key}": value for key, value in problem["layers"][0]["parameters"][0].items()}

        def chunk(
            part: str, x: Any, y: Any, *, whole: Declaration = whole, fixed: Any = parameters, **states: Any
        ) -> Declaration:
            given = fixed | {"x": x, "cotangents.y": y}
            for field, state in states.items():
                given |= {f"{field.replace('_', '.')}[0][0].{key}": value for key, value in state.items()}
            sentence = f"the {part} two steps of that sequence; states are handed on, their cotangents back"
            id, sizes = whole.id.replace("whole", part), {"T": 2, "I": 2}
            return _one("sequences", id, sentence, whole.layers[0].cell, "SEQ-15", like=whole.id, given=given, **sizes)

        x, y = problem["x"], problem["cotangents"]["y"]
        first = chunk("first", x[:2], y[:2], initial=problem["initial"][0][0])
        start = answer(*problem_of(first, 0)).outcome["final"][0][0]
        second = chunk("second", x[2:], y[2:], initial=start, cotangents_final=problem["cotangents"]["final"][0][0])
        gradients = answer(*problem_of(second, 0)).gradients
        assert gradients is not None
        yield whole
        yield chunk(
            "first", x[:2], y[:2], initial=problem["initial"][0][0], cotangents_final=gradients["initial"][0][0]
        )
        yield second


def _stacks() -> Iterator[Declaration]:
    def one(id: str, sentence: str, *layers: LayerDeclaration, **others: Any) -> Declaration:
        subject = ("SEQ-8",)
        shared = {"T": 2, "I": 2} | others
        return Declaration(id=id, family="stacks", sentence=sentence, subject=subject, layers=layers, **shared)

    def layer(cell: Cell, H: int = 2, **options: Any) -> LayerDeclaration:
        return LayerDeclaration(cell=cell, H=H, **options)

    for name, cell in CELLS.items():
        yield one(f"{name}-stack", "the second layer reads the outputs of the first", layer(cell), layer(cell))
    yield one(
        "stack-of-kinds", "layers of different cells and sizes", layer(rnn(), 3), layer(gru(), 2), layer(lstm(), 1)
    )
    both: dict[str, Any] = {"direction": "bidirectional"}
    sentence = "the second layer reads both directions of the first"
    yield one("rnn-stack-bidirectional", sentence, layer(rnn(), **both), layer(rnn(), 1, **both), lengths=(1, 2))
    yield one("gru-stack-bidirectional", sentence, layer(gru(), 1, **both), layer(gru(), 2, **both), lengths=(1, 2))
    yield one("lstm-stack-bidirectional", sentence, layer(lstm(), 1, **both), layer(lstm(), 2, **both))
    sentence = "directions are merged below"
    yield one("stack-on-a-sum", sentence, layer(gru(), merge="sum", **both), layer(lstm(), 1), lengths=(2, 1))
    yield one("stack-on-a-product", sentence, layer(rnn(), merge="product", **both), layer(gru(), 1))
    yield one(
        "stack-on-reverse", "a forward layer over a reverse one", layer(lstm(), direction="reverse"), layer(rnn(), 3)
    )
    sentence = "a layer over outputs in the order of processing reads them in that order"
    processing = layer(gru(), direction="reverse", reverse_outputs="processing")
    yield one("stack-on-processing", sentence, processing, layer(rnn(), 3), lengths=(2, 1), T=3)
    projected = lstm(projection=1, output_projection=2)
    sentence = "the second layer reads [h', q] of the first"
    yield one("stack-on-projections", sentence, layer(projected), layer(lstm(projection=2), 1))
    repeat = {"padded_outputs": "repeat", "lengths": (1, 2)}
    yield one(
        "stack-repeat", "only outputs of the last layer are repeated", layer(lstm(), 1), layer(gru(), 2), **repeat
    )
    variants = layer(lstm(coupling="forget", peephole="new")), layer(lstm(relevance_gate=True), 1)
    yield one("stack-of-variants", "variants on top of each other", *variants, lengths=(2, 0))
    yield one(
        "stack-final-states", "final states of every layer count", layer(lstm()), layer(gru(), 1), cotangents="final"
    )


def _sizes() -> Iterator[Declaration]:
    sizes = {"ones": (1, 1, 1, 1), "wide": (2, 1, 3, 2), "tall": (2, 3, 1, 2), "long": (4, 2, 1, 3)}
    cells = CELLS | {"minimal": gru(minimal=True, reset="before", update="take")}
    cells["gate-recurrence"] = lstm(gate_recurrence=True)
    for name, cell in cells.items():
        for size, (T, B, I, H) in sizes.items():
            sentence = f"T = {T}, B = {B}, I = {I}, H = {H}"
            yield _one("sizes", f"{name}-{size}", sentence, cell, "PAR-1", "SEQ-1", T=T, B=B, I=I, H=H)


def _cotangents() -> Iterator[Declaration]:
    for name, cell in CELLS.items():
        shared = {"I": 2, "lengths": (2, 3)}
        yield _one("cotangents", f"{name}-of-outputs", "only outputs count", cell, "GRAD-1", cotangents="y", **shared)
        sentence = "only final states count: their cotangents enter at the last step that is computed"
        yield _one("cotangents", f"{name}-of-final-states", sentence, cell, "GRAD-10", cotangents="final", **shared)
        sentence = "only final states of both directions count"
        both = {"cotangents": "final", "direction": "bidirectional", "T": 2, "I": 1}
        yield _one("cotangents", f"{name}-of-both-final-states", sentence, cell, "GRAD-10", "SEQ-6", **both)
        sentence = "nothing is differentiated"
        yield _one("cotangents", f"{name}-forward-only", sentence, cell, "SEQ-1", cotangents="none", **shared)


def _saturation() -> Iterator[Declaration]:
    for size, name in ((800.0, "large"), (1e30, "huge")):
        sentence = f"pre-activations of plus and minus {size:g}: gates are exactly 0 and 1, and nothing overflows"
        for cell_name, cell, biases in (
            ("rnn", rnn(), ("b",)),
            ("lstm", lstm(), ("b_i", "b_f", "b_g", "b_o")),
            ("gru", gru(), ("b_r", "b_z", "b_n")),
            ("gru-before", gru(reset="before"), ("b_r", "b_z", "b_n")),
        ):
            given = {
                f"layers[0][0].{bias}": [size if k % 2 else -size, size if k % 3 else -size]
                for k, bias in enumerate(biases)
            }
            yield _one("saturation", f"{cell_name}-{name}", sentence, cell, "NUM-1", I=2, given=given)
    softplus = rnn(activation="softplus")
    far = {"layers[0][0].b": [800.0, -800.0]}
    sentence = "softplus of 800 is 800, that of -800 nothing"
    yield _one("saturation", "softplus-large", sentence, softplus, "NUM-1", "ACT-1", I=2, T=1, given=far)
    elu = rnn(activation="elu")
    sentence = "elu of -800 is -1 with no derivative"
    yield _one("saturation", "elu-large", sentence, elu, "NUM-1", "ACT-1", I=2, T=1, given=far)
