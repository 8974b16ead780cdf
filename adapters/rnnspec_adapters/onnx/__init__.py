"""The recurrent operators of ONNX, LSTM, GRU and RNN, those who run them, and those who export layers to them.

`operators` says which cells they express, `onnx_layouts` how they store parameters, `models` makes a model of layers,
and `onnx_adapter` takes arrays to its inputs and its outputs to states. A module for each runtime and exporter says
how models are run or made, and what is refused.
"""
