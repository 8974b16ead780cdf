"""What TensorFlow itself computes: its kernels of recurrent steps, and the cells of its first version.

`tensorflow_adapter` runs and differentiates a function by TensorFlow, eagerly, in a graph, or compiled by XLA.
"""
