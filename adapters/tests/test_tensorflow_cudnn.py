"""The layers of cuDNN in TensorFlow: what can be said of them without a CUDA device."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow", reason="tensorflow is not installed")

from rnnspec import GRU, LSTM, RNN, Cell, Direction, Problem, State  # noqa: E402 - after the skip
from rnnspec_adapters import Unsupported, find_adapter, layout  # noqa: E402 - after the skip
from rnnspec_adapters.plan import plan_of  # noqa: E402 - after the skip
from rnnspec_adapters.tensorflow.cudnn_rnn import CudnnAdapter, flat_parameters  # noqa: E402 - after the skip

from .problems import LENGTHS, B, H, I, T, make_problem  # noqa: E402 - after the skip

CELLS: tuple[Cell, ...] = (RNN(), RNN(activation="relu"), LSTM(), GRU(), GRU(update="take"))


@pytest.fixture
def on_cuda(monkeypatch: pytest.MonkeyPatch) -> CudnnAdapter:
    """The adapter of a machine that has a CUDA device, as far as it can tell."""
    monkeypatch.setattr(CudnnAdapter, "device_name", "a device")
    return CudnnAdapter(device="cuda", precision="float32")


def reason(adapter: CudnnAdapter, problem: Problem) -> str:
    answer = adapter.supports(problem)
    assert isinstance(answer, Unsupported)
    return answer.reason


def test_the_adapter_is_registered_under_its_name() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    registered = tomllib.loads(text)["project"]["entry-points"]["rnnspec.adapters"]
    assert find_adapter(registered["tf-cudnn"]) is CudnnAdapter


def test_without_a_cuda_device_it_is_not_run() -> None:
    with pytest.raises(ValueError, match="device: wanted 'cuda', got 'cpu'"):
        CudnnAdapter(device="cpu", precision="float32")
    if not tf.config.list_physical_devices("GPU"):
        assert "not run" in reason(CudnnAdapter(device="cuda", precision="float32"), make_problem([LSTM()]))


@pytest.mark.parametrize("cell", CELLS, ids=repr)
@pytest.mark.parametrize("direction", ["forward", "bidirectional"])
def test_its_cells_are_supported(cell: Cell, direction: Direction, on_cuda: CudnnAdapter) -> None:
    assert on_cuda.supports(make_problem([cell], direction=direction, lengths=LENGTHS)) is None


@pytest.mark.parametrize(
    "problem, why",
    [
        (make_problem([LSTM(peephole="new")]), "peephole"),
        (make_problem([LSTM(bias=False)]), "bias"),
        (make_problem([GRU(reset="before")]), "reset"),
        (make_problem([RNN(activation="sigmoid")]), "activation"),
        (make_problem([LSTM()], direction="reverse"), "reverse only"),
        (make_problem([LSTM()], lengths=(0, *LENGTHS[1:])), "length 0"),
    ],
)
def test_what_cudnn_has_not_is_refused(problem: Problem, why: str, on_cuda: CudnnAdapter) -> None:
    assert why in reason(on_cuda, problem)


@pytest.mark.parametrize("cell", CELLS, ids=repr)
def test_the_one_vector_has_all_matrices_before_all_biases(cell: Cell, on_cuda: CudnnAdapter) -> None:
    problem = make_problem([cell], direction="bidirectional")
    places = on_cuda.placements(problem)
    native = layout.pack(problem.layers, places, np.dtype(np.float32))
    assert {name: array.shape for name, array in native.items()} == on_cuda.native_shapes(problem)
    own = {name.removeprefix("0."): tf.constant(array) for name, array in native.items()}
    flat = flat_parameters(own, ("forward.", "backward.")).numpy()
    matrices = sum(array.size for name, array in native.items() if "W" in name)
    assert np.array_equal(flat[: native["0.forward.W_ih"].size], native["0.forward.W_ih"].ravel())
    assert np.array_equal(flat[matrices : matrices + native["0.forward.b_ih"].size], native["0.forward.b_ih"])
    assert np.array_equal(flat[-native["0.backward.b_hh"].size :], native["0.backward.b_hh"])
    assert flat.size == sum(array.size for array in native.values())


@pytest.mark.parametrize("cell", CELLS, ids=repr)
@pytest.mark.parametrize("direction, ways", [("forward", 1), ("bidirectional", 2)])
@pytest.mark.parametrize("initial", [True, False])
def test_the_kernel_takes_what_it_is_given(
    cell: Cell, direction: Direction, ways: int, initial: bool, on_cuda: CudnnAdapter
) -> None:
    """Traced, not run: TensorFlow checks arguments and shapes of a graph on any machine."""
    problem = make_problem([cell], direction=direction, initial=initial)
    (plan,) = plan_of(problem)
    native = layout.pack(problem.layers, on_cuda.placements(problem), np.dtype(np.float32))

    def given(state: State) -> dict[str, object]:
        return {name: tf.constant(array, tf.float32) for name, array in state.items()}

    def traced() -> object:
        own = {name.removeprefix("0."): tf.constant(array) for name, array in native.items()}
        start = None if problem.initial is None else tuple(map(given, problem.initial[0]))
        return on_cuda.layer(plan, own, tf.constant(problem.x, tf.float32), start, None)

    y, ends = tf.function(traced).get_concrete_function().structured_outputs
    assert problem.x.shape == (T, B, I)
    assert y.shape[:2] == (T, B)
    assert len(ends) == ways
    assert set(ends[0]) == set(cell.states)
    assert ends[0]["h"].shape.is_compatible_with((B, H))
