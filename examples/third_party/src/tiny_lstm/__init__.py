"""An LSTM in plain NumPy."""

from tiny_lstm.layer import lstm

__version__ = "1.0.0"

__all__ = ["lstm"]
