"""The other adapters of PyTorch, and derivatives along tangents by all that have them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from rnnspec import (  # noqa: E402 - after the skip
    GRU,
    LSTM,
    RNN,
    Cell,
    Direction,
    Outcome,
    PaddedOutputs,
    Problem,
    Tangents,
    hvp,
    jvp,
    named_arrays,
    solve,
)
from rnnspec_adapters import DeclaresLayout, Differentiates, find_adapter  # noqa: E402 - after the skip
from rnnspec_adapters.base import WithTangents, under  # noqa: E402 - after the skip
from rnnspec_adapters.plan import Plan, plan_of  # noqa: E402 - after the skip
from rnnspec_adapters.torch import kernels_used  # noqa: E402 - after the skip
from rnnspec_adapters.torch.autocast import TorchAutocast  # noqa: E402 - after the skip
from rnnspec_adapters.torch.compiled import TorchCompiled  # noqa: E402 - after the skip
from rnnspec_adapters.torch.exported import TorchExported  # noqa: E402 - after the skip
from rnnspec_adapters.torch.torch_adapter import TorchModules  # noqa: E402 - after the skip
from rnnspec_adapters.torch.torch_cells import TorchCells  # noqa: E402 - after the skip
from rnnspec_adapters.torch.torch_layers import TorchAdapter, TorchWithoutCudnn, strided  # noqa: E402 - after the skip

from .problems import LENGTHS, T, assert_close, make_problem  # noqa: E402 - after the skip

CELLS: tuple[Cell, ...] = (RNN(activation="relu"), RNN(bias=False), LSTM(), GRU(update="take"))
ENTRY_POINTS = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"][
    "entry-points"
]["rnnspec.adapters"]
DIFFERENTIABLE = [(TorchAdapter, "time-major"), (TorchAdapter, "strided"), (TorchCells, "eager"), (TorchCells, "vmap")]

every_cell = pytest.mark.parametrize("cell", CELLS, ids=repr)
every_mode = pytest.mark.parametrize("mode", TorchCells.modes)


def varied(problem: Problem, **changes: object) -> Problem:
    """`problem` with other fields."""
    return Problem(**{**vars(problem), **changes})


def without_cotangents(problem: Problem) -> Problem:
    return varied(problem, cotangents=None)


def direction_of(problem: Problem) -> Tangents:
    """A direction in which everything moves: the problem's own numbers, backwards."""
    assert problem.initial is not None
    return Tangents(
        x=problem.x[::-1].copy(),
        initial=tuple(tuple(state.map(lambda a: a[::-1].copy()) for state in layer) for layer in problem.initial),
        layers=tuple(
            tuple(parameters.map(lambda a: np.flip(a).copy()) for parameters in layer.parameters)
            for layer in problem.layers
        ),
    )


@pytest.mark.parametrize("name", [name for name in ENTRY_POINTS if name.startswith("torch")])
def test_an_adapter_is_registered_under_its_name(name: str) -> None:
    adapter = find_adapter(ENTRY_POINTS[name])
    assert adapter.name == name
    assert issubclass(adapter, TorchModules)


@pytest.mark.parametrize("lengths", [None, LENGTHS])
@pytest.mark.parametrize("adapter, mode", DIFFERENTIABLE)
@every_cell
def test_derivatives_along_a_direction_are_those_of_the_reference(
    cell: Cell, adapter: type[WithTangents], mode: str, lengths: tuple[int, ...] | None
) -> None:
    problem = make_problem([cell, cell], direction="bidirectional", lengths=lengths)
    tangents = direction_of(problem)
    for precision, relative in (("float64", 1e-12), ("float32", 1e-4)):
        made = adapter(precision=precision, mode=mode)
        assert isinstance(made, Differentiates)
        assert_close(made.jvp(problem, tangents), jvp(problem, tangents), relative=relative)
        actual = Outcome(y=problem.x, final=(), gradients=made.hvp(problem, tangents))
        expected = Outcome(y=problem.x, final=(), gradients=hvp(problem, tangents))
        assert_close(actual, expected, relative=relative)


def test_both_ways_to_a_jvp_give_the_same() -> None:
    class BackwardTwice(TorchAdapter):
        def forward_mode(self, plan: Plan, lengths: Any) -> bool:
            return False

    problem = make_problem([LSTM(), GRU()], direction="bidirectional")
    tangents = direction_of(problem)
    assert TorchAdapter().forward_mode(plan_of(problem), None)
    assert_close(BackwardTwice().jvp(problem, tangents), TorchAdapter().jvp(problem, tangents), relative=1e-13)


@pytest.mark.parametrize(
    "precision, lengths, cell, has_it",
    [
        ("float64", None, LSTM(), True),
        ("float64", LENGTHS, LSTM(), False),
        ("float32", None, GRU(), True),
        ("float32", None, LSTM(), not torch.backends.mkldnn.is_available()),
        ("float32", None, LSTM(projection=2), True),
    ],
)
def test_forward_mode_is_taken_exactly_where_torch_has_it(
    precision: str, lengths: tuple[int, ...] | None, cell: Cell, has_it: bool
) -> None:
    class ForwardMode(TorchAdapter):
        def forward_mode(self, plan: Plan, lengths: Any) -> bool:
            return True

    problem = make_problem([cell], lengths=lengths, initial=False, cotangents=False)
    tangents = Tangents(x=problem.x)
    assert TorchAdapter(precision=precision).forward_mode(plan_of(problem), problem.lengths) is has_it
    if has_it:
        assert_close(ForwardMode(precision=precision).jvp(problem, tangents), jvp(problem, tangents), relative=1e-5)
    else:
        with pytest.raises(NotImplementedError, match="forward AD"):
            ForwardMode(precision=precision).jvp(problem, tangents)


@every_mode
@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
@pytest.mark.parametrize("lengths", [None, LENGTHS, (0, 6, 2, 0)])
@pytest.mark.parametrize("padded", ["zero", "repeat"])
def test_cells_have_every_option_of_sequences(
    direction: Direction, lengths: tuple[int, ...] | None, padded: PaddedOutputs, mode: str
) -> None:
    problem = varied(make_problem(CELLS, direction=direction, lengths=lengths), padded_outputs=padded)
    adapter = TorchCells(mode=mode)
    assert adapter.supports(problem) is None
    assert_close(adapter.solve(problem), solve(problem), relative=1e-12)
    forward = without_cotangents(problem)
    assert_close(adapter.solve(forward), solve(forward), relative=1e-12)


@every_mode
def test_nan_in_the_padding_reaches_nothing(mode: str) -> None:
    problem = make_problem([LSTM(), GRU()], direction="bidirectional", lengths=LENGTHS)
    x = problem.x.copy()
    x[np.arange(T)[:, None] >= np.array(LENGTHS)] = np.nan
    assert_close(TorchCells(mode=mode).solve(varied(problem, x=x)), solve(problem), relative=1e-12)


def test_cells_are_named_by_module_and_direction() -> None:
    problem = make_problem([LSTM(), GRU()], direction="bidirectional")
    adapter = TorchCells()
    assert isinstance(adapter, DeclaresLayout)
    prefixes = ["0.forward.", "0.reverse.", "1.forward.", "1.reverse."]
    assert [place.prefix for place in adapter.placements(problem)] == prefixes
    assert adapter.placements(problem)[3].layout.name == "torch.nn.GRUCell"
    shapes = adapter.native_shapes(problem)
    own = {name: tuple(tensor.shape) for name, tensor in torch.nn.LSTMCell(3, 5).state_dict().items()}
    assert under(shapes, "0.reverse.") == own


@pytest.mark.parametrize("adapter", [TorchAdapter, TorchCells])
@pytest.mark.parametrize(
    "cell, reason",
    [
        (LSTM(peephole="new"), "has no peepholes"),
        (GRU(reset="before"), "resets after the recurrent product"),
        (RNN(activation="sigmoid"), "has no option for activation"),
        (LSTM(cell_clip=1.0), "has no option for cell_clip"),
    ],
)
def test_what_no_weights_express_is_refused_with_a_reason(adapter: type[TorchModules], cell: Cell, reason: str) -> None:
    refusal = adapter().supports(make_problem([cell]))
    assert refusal is not None
    assert reason in refusal.reason


def test_cells_refuse_a_projection() -> None:
    refusal = TorchCells().supports(make_problem([LSTM(projection=2)], initial=False, cotangents=False))
    assert refusal is not None
    assert refusal.reason == "torch.nn.LSTMCell has no option for projection"


@every_cell
def test_a_compiled_step_is_that_of_the_reference(cell: Cell) -> None:
    problem = make_problem([cell], lengths=LENGTHS)
    adapter = TorchCompiled(precision="float32")
    assert not isinstance(adapter, Differentiates)
    assert_close(adapter.solve(problem), solve(problem), relative=1e-5)
    torch.compiler.reset()


def test_torch_compile_leaves_the_layers_as_they_are() -> None:
    explained = torch._dynamo.explain(torch.nn.LSTM(3, 5))(torch.ones(2, 1, 3))
    assert explained.graph_count == 0
    cell = torch._dynamo.explain(torch.nn.LSTMCell(3, 5))(torch.ones(1, 3))
    assert cell.graph_count == 1
    torch.compiler.reset()


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_an_exported_layer_is_that_of_the_reference(activation: str) -> None:
    problem = make_problem([RNN(activation=activation), GRU()], direction="bidirectional")
    adapter = TorchExported(precision="float32")
    for _ in range(2):
        assert_close(adapter.solve(problem), solve(problem), relative=1e-5)
    assert len(adapter.exported) == 2


def test_one_exporter_keeps_activations_apart() -> None:
    adapter = TorchExported(precision="float64")
    for activation in ("tanh", "relu"):
        problem = make_problem([RNN(activation=activation)])
        assert_close(adapter.solve(problem), solve(problem), relative=1e-12)


def test_export_refuses_lengths() -> None:
    refusal = TorchExported().supports(make_problem([LSTM()], lengths=LENGTHS))
    assert refusal is not None
    assert refusal.reason.startswith("torch.export refuses packed sequences")


@pytest.mark.parametrize("cell", [RNN(), GRU()], ids=repr)
@pytest.mark.parametrize("precision, eps", [("bfloat16", 2.0**-7), ("float16", 2.0**-10)])
def test_autocast_computes_in_less_than_float32(cell: Cell, precision: str, eps: float) -> None:
    problem = without_cotangents(make_problem([cell]))
    y, expected = TorchAutocast(precision=precision).solve(problem).y, solve(problem).y
    error = np.abs(y - expected).max()
    assert eps / 16 < error < 8 * eps


def test_autocast_refuses_what_torch_cannot_train_in_float16() -> None:
    refusal = TorchAutocast(precision="float16").supports(make_problem([LSTM()]))
    assert refusal is not None
    assert "autocast asks oneDNN for an LSTM in float16" in refusal.reason
    assert TorchAutocast(precision="float16").supports(make_problem([LSTM()], lengths=LENGTHS)) is None
    with pytest.raises(ValueError, match=r"^precision: wanted one of bfloat16, float16, got 'float32'$"):
        TorchAutocast(precision="float32")


def test_without_cudnn_a_cuda_device_is_wanted() -> None:
    with pytest.raises(ValueError, match=r"^device: wanted 'cuda', got 'cpu'$"):
        TorchWithoutCudnn(device="cpu")


@pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="torch was built without oneDNN")
def test_the_graph_of_the_gradients_proves_the_kernel() -> None:
    x = torch.ones(2, 1, 3)
    (onednn, _), (own, _) = torch.nn.LSTM(3, 5)(x), torch.nn.GRU(3, 5)(x)
    kernels_used.prove("MkldnnRnnLayerBackward", [onednn])
    with pytest.raises(RuntimeError, match="wanted MkldnnRnnLayerBackward in the graph"):
        kernels_used.prove("MkldnnRnnLayerBackward", [own])
    plan = plan_of(make_problem([GRU(), LSTM()]))
    assert TorchAdapter(precision="float32").kernel(plan, None) == "MkldnnRnnLayerBackward"
    assert TorchAdapter(precision="float32").kernel(plan, torch.tensor(LENGTHS)) is None
    assert TorchAdapter(precision="float64").kernel(plan, None) is None


@pytest.mark.filterwarnings("ignore:TF32 acceleration on top of oneDNN")  # a remark of the switch
@pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="torch was built without oneDNN")
def test_an_outcome_of_another_kernel_is_an_error() -> None:
    problem = make_problem([LSTM()])
    adapter = TorchAdapter(precision="float32")
    assert adapter.solve(problem).gradients is not None
    with torch.backends.mkldnn.flags(enabled=False), pytest.raises(RuntimeError, match="another path was taken"):
        adapter.solve(problem)


def test_a_strided_tensor_has_the_same_numbers_and_gaps() -> None:
    tensor = torch.arange(6.0).reshape(2, 3)
    gaps = strided(tensor)
    assert torch.equal(gaps, tensor)
    assert not gaps.is_contiguous()
    assert gaps.stride() == (6, 2)
    assert torch.isnan(torch.as_strided(gaps, (6,), (2,), 1)).all()


@pytest.mark.parametrize("mode", ["strided", "unflattened"])
def test_a_strided_mode_hands_torch_gaps(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = make_problem([GRU()])
    seen: dict[str, bool] = {}
    forward = torch.nn.GRU.forward

    def watched(self: Any, x: Any, state: Any) -> object:
        seen.update(x=x.is_contiguous(), state=state.is_contiguous(), W=self.weight_ih_l0.is_contiguous())
        return forward(self, x, state)

    monkeypatch.setattr(torch.nn.GRU, "forward", watched)
    TorchAdapter(mode=mode).solve(problem)
    assert seen == {"x": mode != "strided", "state": mode != "strided", "W": mode != "unflattened"}


def test_frozen_calls_ask_for_one_kind_of_gradient_each(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = make_problem([GRU()])
    asked: list[tuple[bool, ...]] = []
    forward = torch.nn.GRU.forward

    def watched(self: Any, x: Any, state: Any) -> object:
        asked.append((x.requires_grad, state.requires_grad, self.weight_ih_l0.requires_grad))
        return forward(self, x, state)

    monkeypatch.setattr(torch.nn.GRU, "forward", watched)
    outcome = TorchAdapter(mode="frozen").solve(problem)
    assert asked == [(False, False, True), (True, False, False), (False, True, False)]
    assert list(named_arrays(outcome)) == list(named_arrays(solve(problem)))
