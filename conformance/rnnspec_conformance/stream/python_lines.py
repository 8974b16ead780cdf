"""A question as a few lines of Python, which need nothing but the reference and the adapter."""

from __future__ import annotations

from collections.abc import Iterator

from rnnspec import Array, Layer, Problem, Record, States
from rnnspec_conformance.stream.question import Question
from rnnspec_conformance.stream.traits import options_of

MOST = 200
"""A problem of more numbers than these is read from its file."""


def lines_of(question: Question, adapter: str, mode: str, path: str) -> list[str]:
    """The lines.

    Parameters
    ----------
    adapter
        As it was asked for.
    path
        Of the file that the question stands in.
    """
    lines = ["import numpy as np", "import rnnspec as r", "from rnnspec_adapters import find_adapter", ""]
    small = _size(question.problem) <= MOST and question.memory == "plain" and not _shares(question)
    if small:
        lines += [*_problem("problem", question.problem)]
        if question.other is not None:
            lines += [*_problem("other", question.other)]
    else:
        lines[3:] = [
            "from pathlib import Path",
            "from rnnspec_conformance.stream.question import read",
            "",
            f"question, _ = read(Path({path!r}))",
            "problem, other = question.given()",
        ]
    lines.append(f"adapter = find_adapter({adapter!r})(precision={question.precision.name!r}, mode={mode!r})")
    lines += _calls(question)
    return lines


def _calls(question: Question) -> list[str]:
    if question.derivative != "none":
        return [
            "from rnnspec_conformance.judging.jvp_hvp import direction_of",
            f"tangents = direction_of(problem, {question.wrt!r}, r.PRECISIONS[{question.precision.name!r}])",
            f"print(r.{question.derivative}(problem, tangents))",
            f"print(adapter.{question.derivative}(problem, tangents))",
        ]
    expected = "expected = r.named_arrays(r.solve(problem))"
    actual = "actual = r.named_arrays(adapter.solve(problem))"
    show = "print({name: float(abs(actual[name] - expected[name]).max()) for name in expected})"
    match question.call:
        case "again":
            return [expected, "adapter.solve(problem)", actual, show]
        case "another between":
            return [expected, "adapter.solve(problem)", "adapter.solve(other)", actual, show]
        case "changed in place" | "one array changed in place" | "rows moved in place":
            return [
                expected,
                "adapter.solve(other)",
                "for name, array in other.named().items():",
                "    array[...] = problem.named()[name]",
                *(
                    []
                    if question.other is None or question.other.lengths is None
                    else ["other.lengths[...] = problem.lengths"]
                ),
                actual.replace("problem", "other"),
                show,
            ]
        case "after an error":
            return [
                "try:",
                "    adapter.solve(None)",
                "except Exception as error:",
                "    print(error)",
                expected,
                actual,
                show,
            ]
    return [expected, actual, show]


def _shares(question: Question) -> bool:
    """Whether some array is given twice."""
    arrays = [array for problem in question.given() if problem is not None for array in problem.named().values()]
    return len({id(array) for array in arrays}) < len(arrays)


def _size(problem: Problem) -> int:
    return sum(array.size for array in problem.named().values())


def _problem(name: str, problem: Problem) -> Iterator[str]:
    layers = ", ".join(map(_layer, problem.layers))
    yield f"layers = ({layers},)"
    arguments = ["layers=layers", f"x={_array(problem.x)}"]
    if problem.initial is not None:
        arguments.append(f"initial={_states(problem.initial)}")
    if problem.lengths is not None:
        arguments.append(f"lengths=np.array({problem.lengths.tolist()}, dtype={str(problem.lengths.dtype)!r})")
    if problem.cotangents is not None:
        of = []
        if problem.cotangents.y is not None:
            of.append(f"y={_array(problem.cotangents.y)}")
        if problem.cotangents.final is not None:
            of.append(f"final={_states(problem.cotangents.final)}")
        arguments.append(f"cotangents=r.Cotangents({', '.join(of)})")
    if problem.padded_outputs != "zero":
        arguments.append(f"padded_outputs={problem.padded_outputs!r}")
    yield f"{name} = r.Problem({', '.join(arguments)})"


def _layer(layer: Layer) -> str:
    kind = type(layer.cell).__name__
    options = ", ".join(f"{name}={_option(value)}" for name, value in options_of(layer.cell).items())
    parameters = ", ".join(_record(record) for record in layer.parameters)
    arguments = [f"cell=r.{kind}({options})", f"parameters=({parameters},)"]
    plain = {"direction": "forward", "merge": "concat", "reverse_outputs": "time"}
    arguments += [f"{name}={getattr(layer, name)!r}" for name, value in plain.items() if getattr(layer, name) != value]
    return f"r.Layer({', '.join(arguments)})"


def _option(value: object) -> str:
    text = repr(value)
    return f"r.{text}" if text.startswith("Activation(") else text


def _record(record: Record) -> str:
    arrays = ", ".join(f"{name}={_array(array)}" for name, array in record.items())
    return f"r.{type(record).__name__}({arrays})"


def _states(states: States) -> str:
    return "(" + "".join("(" + "".join(f"{_record(s)}, " for s in layer) + "), " for layer in states) + ")"


def _array(array: Array) -> str:
    text = repr(array.tolist())
    for word in ("nan", "inf"):
        text = text.replace(word, f"np.{word}")
    return f"np.array({text})"
