"""The claims, in order."""

from __future__ import annotations

from rnnspec_workshop.claims import carrying, counting, forms, gates, gradient_flow, mixing, regimes, sizes
from rnnspec_workshop.claims.claim import Claim

CLAIMS: dict[str, Claim] = {
    claim.id: claim
    for claim in (
        Claim(
            "C1",
            "Every gate lies between 0 and 1.",
            "holds with a condition",
            "With a sigmoid, and with the ends included: a number format has no number between 1 and a gate that is "
            "wide open, and other gate activations leave the interval.",
            ("LSTM-1", "LSTM-2", "LSTM-5", "GRU-2", "VAR-8", "NUM-1"),
            gates.values,
        ),
        Claim(
            "C2",
            "Without a forget gate the derivative of the new cell state by the old one, along the direct path, is the "
            "identity.",
            "holds",
            "Exactly, over any number of steps; peepholes, and the way back through the hidden state, are other paths.",
            ("VAR-2", "LSTM-4", "GRAD-3"),
            carrying.without_forget_gate,
        ),
        Claim(
            "C3",
            "With a forget gate that derivative is f; as f is below 1 gradients vanish, and a forget bias of 5 keeps f "
            "near 1 at the start.",
            "holds with a condition",
            "Near 1 is sigmoid(5), of which 100 steps leave one half; and inputs that reach the gate leave less.",
            ("LSTM-2", "LSTM-4", "GRAD-3"),
            carrying.with_forget_gate,
        ),
        Claim(
            "C4",
            "With suitable gates a value is carried along the cell unchanged, over three steps and more.",
            "holds with a condition",
            "Unchanged only where the gates round to exactly 1 and 0, which in float64 a bias of 40 does; "
            "otherwise the value fades.",
            ("LSTM-4", "NUM-1"),
            carrying.carried,
        ),
        Claim(
            "C5",
            "Input and forget gate open: the layer reads and stores. Forget and output gate open: it carries and "
            "releases. Input and output gate shut: it erases, or stores in silence. Input and output gate open and "
            "forget gate shut: it is a simple recurrent layer.",
            "holds with a condition",
            "The last regime is a simple layer where the output has no tanh of its own; with tanh at the output the "
            "candidate goes through two of them.",
            ("LSTM-4", "LSTM-6", "VAR-8", "RNN-1"),
            regimes.regimes,
        ),
        Claim(
            "C6",
            "An LSTM has four times, and a GRU three times, the parameters of a simple recurrent layer of the same "
            "sizes.",
            "holds with a condition",
            "A GRU with reset after the product has one bias more, unless every map stores two biases.",
            ("PAR-1", "PAR-2", "PAR-4"),
            sizes.parameters,
        ),
        Claim(
            "C7",
            "A GRU has one short path from the old state to the new, scaled by the update gate; a high update bias "
            "lets gradients pass, and too high a bias ignores the input.",
            "holds",
            "Under the keep convention; what a bias gives to the past it takes from the present, number for number.",
            ("GRU-2", "GRU-5", "GRAD-5"),
            mixing.short_path,
        ),
        Claim(
            "C8",
            "The state of a GRU is an exponentially weighted moving average of its candidates.",
            "holds with a condition",
            "With a fraction of its own for every step and unit, and candidates that depend on the average; "
            "with one fraction for all steps only where the gate sees nothing.",
            ("GRU-5", "GRU-6"),
            mixing.moving_average,
        ),
        Claim(
            "C9",
            "An update gate of 0 retains the state for ever.",
            "holds with a condition",
            "Where the gate takes, and only at exactly 0, which a sigmoid reaches by rounding alone; "
            "where the gate keeps it is the other way round.",
            ("GRU-5", "GRU-6", "GRU-7", "NUM-1"),
            mixing.retained,
        ),
        Claim(
            "C10",
            "An LSTM stores values of any size and can count; a GRU cannot.",
            "holds with a condition",
            "The forget gate has to be exactly 1, and the format has to hold the count; coupled gates take counting "
            "from an LSTM, and relu gives it to a GRU.",
            ("LSTM-4", "VAR-4", "GRU-5", "GRU-10"),
            counting.counting,
        ),
        Claim(
            "C11",
            "Gradients vanish over time in a simple recurrent layer, and do not in an LSTM or a GRU.",
            "does not hold as said",
            "Held open by a bias of 5, both pass gradients over 100 steps; with biases of 0 both lose them, and a "
            "simple layer with orthogonal weights keeps more than either.",
            ("GRAD-1", "GRAD-2", "GRAD-3", "GRAD-6"),
            gradient_flow.gradient_flow,
        ),
        Claim(
            "C12",
            "Peephole connections are one to one: a unit of the cell reaches its own gates and no others.",
            "holds",
            "Exactly, within one step; over two steps the hidden state brings it everywhere.",
            ("PEEP-1", "PEEP-2", "PEEP-3", "PEEP-4"),
            gates.peepholes,
        ),
        Claim(
            "C13",
            "One matrix for all gates, and one matrix for state and input together, compute the same as a matrix for "
            "each.",
            "holds",
            "As equations; in float64 stacking changes no bit where sums keep their order, while joining state and "
            "input changes the order and so the last bits.",
            ("PAR-1", "LAY-1"),
            forms.forms,
        ),
    )
}
"""By id."""
