"""The claims as properties. Each test says what holds, with the number, and where a claim stops holding."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from rnnspec import GRU, LSTM, RNN, Cell, Cotangents, Layer, Problem, State, solve
from rnnspec_workshop.claims import CLAIMS, carrying, counting, forms, gates, gradient_flow, half, mixing, sizes
from rnnspec_workshop.claims.building import OPEN, SHUT, filled, final, jacobian, normal, run, zeros


def numbers(id: str) -> dict[str, Any]:
    return CLAIMS[id].numbers


# C1


def test_gates_of_random_cells_lie_strictly_between_0_and_1() -> None:
    for name in ("lstm", "gru_update"):
        found = numbers("C1")[name]
        assert 0 < found["smallest"] < 1e-4, name
        assert 1 - 1e-4 < found["largest"] < 1, name


def test_gates_with_large_weights_reach_the_ends_of_the_interval_and_stay_in_it() -> None:
    found = numbers("C1")["with_weights_100_times_as_large"]
    assert (found["smallest"], found["largest"], found["within_closed_interval"]) == (0, 1, True)


def test_a_pre_activation_of_5_is_below_1_in_every_format_and_one_of_40_is_1() -> None:
    for table in ("is_exactly_1", "is_exactly_0_at_their_negatives"):
        for name, reached in numbers("C1")[table].items():
            assert reached[0] is False, (table, name)
            assert reached[-1] is True, (table, name)
            assert reached == sorted(reached), (table, name)


def test_relu_gates_leave_the_interval() -> None:
    assert numbers("C1")["relu_gates"]["largest"] > 1


def test_gates_are_read_as_the_sigmoid_of_their_pre_activations() -> None:
    rng = np.random.default_rng(1)
    parameters = normal(LSTM(), gates.I, gates.H, seed=1)
    x, h, c = rng.standard_normal((2, gates.I)), rng.standard_normal((2, gates.H)), rng.standard_normal((2, gates.H))
    read = gates.lstm_gates(LSTM(), parameters, x, h, c)
    for gate in gates.GATES:
        a = x @ parameters[f"W_{gate}"].T + h @ parameters[f"R_{gate}"].T + parameters[f"b_{gate}"]
        np.testing.assert_allclose(read[gate], 1 / (1 + np.exp(-a)), rtol=1e-13)
    of_gru = normal(GRU(), gates.I, gates.H, seed=2)
    a = x @ of_gru.W_z.T + h @ of_gru.R_z.T + of_gru.b_z
    np.testing.assert_allclose(gates.update_gate(GRU(), of_gru, x, h), 1 / (1 + np.exp(-a)), rtol=1e-13)


# C2


def test_without_a_forget_gate_the_direct_path_is_the_identity_bit_for_bit_over_1_and_over_100_steps() -> None:
    found = numbers("C2")["largest_distance_from_identity"]
    assert found["one_step"] == 0
    assert found["100_steps_direct_path"] == 0


def test_peepholes_and_the_hidden_state_are_other_paths() -> None:
    found = numbers("C2")["largest_distance_from_identity"]
    assert found["one_step_with_peepholes"] > 0.1
    assert found["10_steps_all_paths"] > 0.1


def test_with_a_forget_gate_the_direct_path_is_not_the_identity() -> None:
    state = {"h": np.zeros(2), "c": np.ones(2)}
    direct = jacobian(LSTM(), normal(LSTM(), 1, 2, seed=1), np.zeros((1, 1)), of="c", by="c", **state)
    assert np.abs(direct - np.eye(2)).max() > 0.1


# C3


def test_with_a_forget_gate_the_direct_path_is_the_diagonal_of_f() -> None:
    found = numbers("C3")["one_step"]
    assert found["diagonal_is_f_to_1e-14"]
    assert found["largest_off_the_diagonal"] == 0


@pytest.mark.parametrize("bias", carrying.FORGET_BIASES)
def test_the_direct_path_over_100_steps_is_sigmoid_of_the_bias_to_the_power_of_100(bias: int) -> None:
    found = numbers("C3")["at_zero_input"][f"bias_{bias}"]
    f = 1 / (1 + math.exp(-bias))
    assert found["f"] == pytest.approx(f, rel=1e-14)
    assert found["after_100_steps"] == pytest.approx(f**100, rel=1e-12)


def test_a_forget_bias_of_5_leaves_one_half_after_103_steps() -> None:
    found = numbers("C3")["at_zero_input"]["bias_5"]
    assert found["f"] == pytest.approx(0.993307, abs=1e-6)
    assert found["after_100_steps"] == pytest.approx(0.5109, abs=1e-4)
    assert math.floor(found["steps_to_one_half"]) == 103


def test_inputs_that_reach_the_forget_gate_leave_less_than_its_bias_alone() -> None:
    found = numbers("C3")
    alone = found["at_zero_input"]["bias_5"]["after_100_steps"]
    assert found["bias_5_with_inputs"]["smallest_f"] < 0.9
    assert found["bias_5_with_inputs"]["median_after_100_steps"] < 0.5 * alone


# C4


def test_gates_of_bias_40_carry_the_cell_unchanged_through_1000_steps() -> None:
    found = numbers("C4")["largest_change_of_the_cell"]["bias_40"]
    assert found == {"after_3_steps": 0, "after_1000_steps": 0}


def test_gates_of_smaller_biases_lose_some_of_the_cell_in_3_steps_and_more_in_1000() -> None:
    found = numbers("C4")["largest_change_of_the_cell"]
    for bias in (5, 10, 20):
        assert 0 < found[f"bias_{bias}"]["after_3_steps"] < found[f"bias_{bias}"]["after_1000_steps"], bias
    assert found["bias_5"]["after_3_steps"] > 0.01
    assert found["bias_20"]["after_1000_steps"] < 1e-5


# C5


def test_with_input_and_forget_gate_open_the_cell_adds_up_the_candidates_and_shows_nothing() -> None:
    found = numbers("C5")
    stored = found["cell_at_the_start"] + found["sum_of_the_candidates"]
    assert found["i=1 f=1 o=0"]["cell_at_the_end"] == pytest.approx(stored, rel=1e-14)
    assert found["i=1 f=1 o=0"]["output_at_the_end"] == 0


def test_with_forget_and_output_gate_open_the_cell_is_carried_and_shown() -> None:
    found = numbers("C5")
    assert found["i=0 f=1 o=1"]["cell_at_the_end"] == found["cell_at_the_start"]
    assert found["i=0 f=1 o=1"]["output_at_the_end"] == pytest.approx(math.tanh(found["cell_at_the_start"]), rel=1e-14)


def test_with_input_and_output_gate_shut_the_cell_is_stored_or_erased_in_silence() -> None:
    found = numbers("C5")
    for f, left in ((1, found["cell_at_the_start"]), (0, 0)):
        assert found[f"i=0 f={f} o=0"] == {"cell_at_the_end": left, "output_at_the_end": 0}


def test_with_only_the_forget_gate_shut_the_lstm_is_a_simple_layer_if_it_has_no_tanh_at_the_output() -> None:
    found = numbers("C5")["simple_layer"]
    assert found["output_activation_identity_agrees_to_1e-13"]
    assert found["output_activation_tanh_largest_distance"] > 0.1


def test_with_only_the_forget_gate_shut_one_step_of_the_usual_lstm_is_tanh_of_the_simple_layer() -> None:
    rng = np.random.default_rng(2)
    x, h = rng.standard_normal((1, 2, 3)), rng.uniform(-1, 1, (2, 4))
    parameters = filled(normal(LSTM(), 3, 4, seed=1), b_i=OPEN, b_f=SHUT, b_o=OPEN)
    simple = zeros(RNN(), 3, 4, W=parameters.W_g, R=parameters.R_g, b=parameters.b_g)
    once = run(RNN(), simple, x, h=h).y
    np.testing.assert_allclose(run(LSTM(), parameters, x, h=h).y, np.tanh(once), rtol=1e-13)


# C6


def test_an_lstm_has_exactly_four_times_the_parameters_of_a_simple_layer_with_one_bias_or_two() -> None:
    found = numbers("C6")["LSTM"]
    assert (found["times"], found["times_with_two_biases"]) == (4, 4)


def test_a_gru_has_exactly_three_times_the_parameters_unless_its_reset_acts_after_the_product() -> None:
    found = numbers("C6")
    assert found["GRU, reset before"]["times"] == 3
    assert found["GRU, reset after, no biases"]["times"] == 3
    assert found["GRU, reset after"]["times"] == pytest.approx(3 + 1 / (sizes.I + sizes.H + 1), rel=1e-15)
    assert found["GRU, reset after"]["times_with_two_biases"] == 3


def test_peepholes_add_three_numbers_a_unit() -> None:
    found = numbers("C6")
    assert found["LSTM with peepholes"]["parameters"] - found["LSTM"]["parameters"] == 3 * sizes.H


# C7


def test_the_short_path_of_a_gru_is_the_diagonal_of_its_update_gate() -> None:
    found = numbers("C7")
    assert found["short_path_is_diagonal_z_to_1e-14"]
    assert found["largest_distance_of_all_paths_from_it"] > 0.1


def test_what_an_update_bias_gives_to_the_past_it_takes_from_the_present() -> None:
    for bias in mixing.UPDATE_BIASES:
        found = numbers("C7")[f"bias_{bias}"]
        z = 1 / (1 + math.exp(-bias))
        assert found["past_left_after_100_steps"] == pytest.approx(z**100, rel=1e-11)
        assert found["share_of_the_candidate_in_one_step"] == pytest.approx(1 - z, rel=1e-11)
        total = found["past_left_after_100_steps"] + found["share_of_a_lasting_candidate_after_100_steps"]
        assert total == pytest.approx(1, abs=1e-13)


def test_an_update_bias_of_5_halves_the_past_in_100_steps_and_one_of_10_ignores_the_input() -> None:
    assert numbers("C7")["bias_5"]["past_left_after_100_steps"] == pytest.approx(0.511, abs=1e-3)
    assert numbers("C7")["bias_10"]["share_of_a_lasting_candidate_after_100_steps"] < 0.005


# C8


@pytest.mark.parametrize("gate", ["fixed_gate", "free_gate"])
def test_the_state_of_a_gru_is_a_weighted_average_of_its_start_and_its_candidates(gate: str) -> None:
    found = numbers("C8")[gate]
    assert found["agrees_to_1e-13"]
    assert found["weights_add_up_to_1_to_1e-13"]


def test_only_a_gate_that_sees_nothing_gives_an_average_with_one_fraction() -> None:
    fixed, free = numbers("C8")["fixed_gate"], numbers("C8")["free_gate"]
    assert fixed["largest_fraction"] - fixed["smallest_fraction"] < 1e-13
    assert free["largest_fraction"] - free["smallest_fraction"] > 0.9
    assert free["distance_from_average_with_the_mean_fraction"] > 0.1


# C9


def test_a_shut_update_gate_retains_the_state_bit_for_bit_through_1000_steps_where_it_takes() -> None:
    found = numbers("C9")["largest_change_of_the_state"]
    assert found["take_shut_after_1000_steps"] == 0
    assert found["keep_open_after_1000_steps"] == 0


def test_a_shut_update_gate_replaces_the_state_at_once_where_it_keeps() -> None:
    assert numbers("C9")["largest_change_of_the_state"]["keep_shut_after_1_step"] > 0.1


def test_an_update_gate_that_is_nearly_shut_loses_half_of_the_state_in_103_steps() -> None:
    assert numbers("C9")["left_after_100_steps_at_bias_-5"] == pytest.approx(0.5109, abs=1e-4)
    assert math.floor(numbers("C9")["steps_to_one_half_at_bias_-5"]) == 103


# C10


def test_an_lstm_counts_exactly_up_down_and_over_random_bits() -> None:
    found = numbers("C10")["lstm"]
    assert found == {"after_1000_ones": 1000, "after_500_up_and_500_down": 0, "error_over_1000_random_bits": 0}


def test_a_forget_gate_below_1_bounds_the_count() -> None:
    found = numbers("C10")["lstm_after_1000_ones_with_forget_bias"]
    for bias in (0, 1, 5, 10):
        f = 1 / (1 + math.exp(-bias))
        assert found[f"{bias}"] == pytest.approx((1 - f**1000) / (1 - f), rel=1e-9), bias
    assert found["5"] < numbers("C10")["lstm_limit_with_forget_bias_5"] < 150
    assert found["40"] == 1000


def test_a_count_stops_where_the_format_has_no_next_integer() -> None:
    assert numbers("C10")["stops_at"] == {"float64": 2**53, "float32": 2**24, "float16": 2**11, "bfloat16": 2**8}


@pytest.mark.parametrize(
    "number, expected",
    [
        (257.0, 256.0),
        (258.0, 258.0),
        (259.0, 260.0),
        (1 + 2**-8, 1.0),
        (1 + 3 * 2**-8, 1 + 2**-6),
        (-1 - 2**-8 - 2**-20, -1 - 2**-7),
        (3e38, 226 * 2.0**120),
    ],
)
def test_bfloat16_is_the_nearest_number_with_eight_bits_and_the_even_one_of_two(number: float, expected: float) -> None:
    assert half.bfloat16(number) == np.float32(expected)


def test_bfloat16_sums_and_products_are_those_of_ml_dtypes() -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    rng = np.random.default_rng(6)
    a, b = (rng.standard_normal(2000).astype(np.float32) * np.float32(2.0) ** rng.integers(-9, 9, 2000) for _ in "ab")
    short_a, short_b = a.astype(ml_dtypes.bfloat16), b.astype(ml_dtypes.bfloat16)
    assert [half.bfloat16(n) for n in a] == short_a.astype(np.float32).tolist()
    a, b = short_a.astype(np.float32), short_b.astype(np.float32)
    assert [half.bfloat16(n) for n in a + b] == (short_a + short_b).astype(np.float32).tolist()
    assert [half.bfloat16(n) for n in a * b] == (short_a * short_b).astype(np.float32).tolist()


def test_a_count_above_10_hardly_shows_through_tanh() -> None:
    found = numbers("C10")["read_through_tanh"]
    assert found["from_1_to_2"] == pytest.approx(math.tanh(2) - math.tanh(1), rel=1e-12)
    assert 0 < found["from_10_to_11"] < 1e-8


def test_the_state_of_a_gru_stays_between_the_old_state_and_1_in_size() -> None:
    assert numbers("C10")["gru"]["largest_state_over_old_state_or_1"] <= 1 + 1e-15


@pytest.mark.parametrize("cell", [GRU(), GRU(reset="before", update="take"), GRU(minimal=True)], ids=repr)
def test_each_unit_of_a_gru_moves_to_a_place_between_its_state_and_its_candidate(cell: GRU) -> None:
    rng = np.random.default_rng(3)
    x, h = rng.standard_normal((1, 200, 3)), rng.uniform(-3, 3, (200, 4))
    h_new = final(cell, normal(cell, 3, 4, seed=2, scale=2), x, h=h).h
    assert np.all(h_new <= np.maximum(h, 1) + 1e-14)
    assert np.all(h_new >= np.minimum(h, -1) - 1e-14)


def test_a_gru_does_not_count_down_what_it_counted_up() -> None:
    found = numbers("C10")["gru"]
    assert found["after_1000_ones"] == pytest.approx(1 - 0.999**1000, rel=1e-11)
    assert found["after_500_up_and_500_down"] < -0.1
    assert found["smallest_step_of_1000"] > 0


def test_a_gru_that_halves_its_distance_from_1_is_full_after_12_steps_in_float16_and_54_in_float64() -> None:
    found = numbers("C10")["gru"]["steps_until_it_is_exactly_1_at_z_one_half"]
    assert found == {"float64": 54, "float32": 25, "float16": 12}


def test_coupled_gates_take_counting_from_an_lstm_and_relu_gives_it_to_a_gru() -> None:
    assert numbers("C10")["lstm_with_coupled_gates_after_1000_ones"] <= 1 + 1e-15
    assert numbers("C10")["gru_with_relu_after_1000_ones"] == 1000


def test_a_counter_with_a_smaller_candidate_does_not_count_ones() -> None:
    cell = LSTM()
    x = np.ones((10, 1, 1))
    assert final(cell, counting.counter(cell).replace(W_g=np.ones((1, 1))), x).c.item() < 8


# C11


def after_100(name: str) -> float:
    return float(numbers("C11")["median_norm_after_steps"][name]["100"])


def test_gradients_of_a_simple_layer_vanish_over_100_steps() -> None:
    assert after_100("simple layer") < 1e-25
    assert after_100("simple layer, orthogonal") < 1e-6


def test_gradients_of_lstm_and_gru_vanish_too_when_their_gates_start_half_open() -> None:
    for name in ("LSTM, forget bias 0", "GRU, update bias 0"):
        assert after_100(name) < 1e-18, name
        assert after_100(name) < after_100(f"{name}, orthogonal") < after_100("simple layer, orthogonal"), name


def test_gradients_of_lstm_and_gru_last_100_steps_when_their_gates_start_open() -> None:
    for name in ("LSTM, forget bias 5", "LSTM without a forget gate", "GRU, update bias 5"):
        assert 0.1 < after_100(name) < 10, name


def test_a_higher_bias_passes_more_of_the_gradient() -> None:
    for name in ("LSTM, forget", "GRU, update"):
        norms = [after_100(f"{name} bias {bias}") for bias in (0, 1, 5)]
        assert norms == sorted(norms), name
        assert norms[0] < 1e-6 * norms[1] < 1e-12 * norms[2], name


def test_gradients_of_an_orthogonal_linear_layer_keep_their_norm() -> None:
    for norm in numbers("C11")["median_norm_after_steps"]["simple layer, orthogonal and linear"].values():
        assert norm == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("cell", [RNN(), LSTM(), GRU(reset="before")], ids=repr)
def test_the_gradient_handed_from_piece_to_piece_is_the_gradient_of_the_whole(cell: Cell) -> None:
    rng = np.random.default_rng(4)
    parameters = gradient_flow.uniform(cell, rng)
    x, v = rng.standard_normal((gradient_flow.T, gradient_flow.I)), rng.standard_normal(gradient_flow.H)
    start = State(**{name: np.zeros((1, gradient_flow.H)) for name in cell.states})
    wanted = State(**{name: v[None] * (name == "h") for name in cell.states})
    whole = Problem(
        layers=(Layer(cell=cell, parameters=(parameters,)),),
        x=x[:, None],
        initial=((start,),),
        cotangents=Cotangents(final=((wanted,),)),
    )
    gradients = solve(whole).gradients
    assert gradients is not None
    assert gradients.initial is not None
    expected = math.sqrt(sum(float((array**2).sum()) for array in gradients.initial[0][0].values()))
    actual = gradient_flow.gradient_norms(cell, parameters, x, v)[-1]
    assert actual == pytest.approx(expected, rel=1e-12)


# C12


@pytest.mark.parametrize("form", ["old", "new"])
def test_a_unit_of_the_cell_reaches_its_own_gates_and_no_others_within_a_step(form: str) -> None:
    found = numbers("C12")[f"form_{form}"]
    for gate in gates.GATES:
        assert found["largest_off_the_diagonal"][gate] == 0, gate
        assert found["largest_on_the_diagonal"][gate] > 0.01, gate
        assert found["largest_off_the_diagonal_over_two_steps"][gate] > 1e-3, gate


def test_peepholes_of_100_units_are_300_numbers() -> None:
    assert numbers("C12")["weights_of_100_units"] == {"one_to_one": 300, "as_full_matrices": 30000}


# C13


def test_all_three_forms_are_equal_as_fractions() -> None:
    for form in ("stacked", "concatenated"):
        assert numbers("C13")[form]["equals_gate_by_gate_in_fractions"], form


def test_stacking_changes_no_bit_and_joining_changes_last_bits() -> None:
    assert numbers("C13")["stacked"]["pre_activations_with_other_bits"] == 0
    joined = numbers("C13")["concatenated"]
    assert 0 < joined["pre_activations_with_other_bits"] < numbers("C13")["numbers_compared"]
    assert joined["largest_distance_in_units_of_2^-52"] < 32


def test_all_three_forms_give_the_output_of_the_reference() -> None:
    assert all(numbers("C13")["output_agrees_with_reference_to_1e-13"].values())


def test_a_stack_in_another_order_is_another_cell() -> None:
    rng = np.random.default_rng(5)
    parameters = normal(LSTM(), forms.I, forms.H, seed=1)
    swapped = parameters.replace(W_i=parameters.W_f, W_f=parameters.W_i)
    x, h = rng.standard_normal(forms.I).tolist(), rng.standard_normal(forms.H).tolist()
    assert forms.stacked(swapped, x, h) != forms.gate_by_gate(parameters, x, h)
