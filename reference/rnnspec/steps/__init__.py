"""The steps of the cells: every line of the equations, and its adjoint beside it.

`lstm_step`, `gru_step` and `rnn_step` list the lines of the plain cells. Each other module holds one option: the lines
that it brings, and where they go.
"""
