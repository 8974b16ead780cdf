"""The recurrent layers of PyTorch: whole layers, cells driven over time, and what compiles, exports or casts them.

`torch_adapter` differentiates a function of tensors and makes modules; `torch_layouts` says how they store parameters;
`kernels_used` proves which kernel has run. A module for each way to run them says what it refuses.
"""
