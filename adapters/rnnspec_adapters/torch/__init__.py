"""The recurrent layers of PyTorch: whole layers, cells driven over time, and what compiles, exports or casts them.

`base` is what they share: from a problem to modules with its parameters, and from their answer to an outcome.
`derivatives` differentiates a function of tensors; `layouts` says how parameters are stored; `paths` proves which
kernel has run. A module for each way to run them says what it refuses.
"""
