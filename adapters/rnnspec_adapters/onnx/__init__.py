"""The recurrent operators of ONNX, LSTM, GRU and RNN, and those who run them.

`operators` says which cells they express, `layouts` how they store parameters, `models` makes a model of a problem, and
`base` takes a problem to the inputs of that model and its outputs to an outcome. A module for each runtime says how
models are run and what is refused.
"""
