"""What makes and measures: nothing of it is installed."""
