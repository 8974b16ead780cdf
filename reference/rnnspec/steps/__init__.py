"""The steps of the cells: every line of the equations, and its adjoint beside it.

`step` says what a line and a step are. `lstm_step`, `gru_step` and `rnn_step` list the lines of the plain cells, and
`shared_lines` holds those that several cells have. The other modules hold options: the lines that each brings, and
where they go.
"""
