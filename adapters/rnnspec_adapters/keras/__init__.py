"""The recurrent layers of Keras 3, on each of its backends: TensorFlow, JAX and PyTorch.

`layers` is what the three adapters share: how layers of Keras are built and called. Each adapter adds how its backend
runs and differentiates a function. `layouts` says how Keras stores parameters, `activations` what it has of the text.
"""
