"""The node tests that the package ``onnx`` ships for LSTM, GRU and RNN, as problems of this text.

Which of the mutants do they catch? `loading` reads them, `translation` says in the words of this text what each asks,
`catching` runs mutants on them, with the comparison of ``onnx`` itself, and `node_tests_json` writes down what came of
it.
"""
