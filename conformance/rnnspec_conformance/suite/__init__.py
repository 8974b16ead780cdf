"""What pytest collects: every case, on the implementation that was asked for."""
