"""The recurrent layers of JAX libraries: Flax (``linen`` and ``nnx``), Equinox, Haiku, and ``jax.experimental.rnn``.

`jax_adapter` is what they share: it makes a pure function of a library's layers, differentiates it, and compiles it
once for each shape. A module for each library says how its layers are built and what they refuse; `jax_layouts` says
how they store their parameters.
"""
