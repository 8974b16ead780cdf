"""The recurrent layers of Keras on TensorFlow."""

from functools import partial

from rnnspec_adapters.keras.imported import keras_on
from rnnspec_workshop.bad_input.called_keras_layers import layers_on, versions_on

keras_on("tensorflow")  # for the processes that begin with this module
layers = partial(layers_on, "tensorflow")
versions = partial(versions_on, "tensorflow")
