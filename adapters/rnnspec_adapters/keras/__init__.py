"""The recurrent layers of Keras 3, on each of its backends: TensorFlow, JAX and PyTorch.

`keras_layers` is what the three adapters share: how layers of Keras are built and called. Each adapter adds how its
backend runs and differentiates a function. `keras_layouts` says how Keras stores parameters, `keras_activations` what
it has of the text.
"""
