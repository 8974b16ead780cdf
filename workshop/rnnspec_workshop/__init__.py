"""What makes and measures, and is not installed: claims, kill matrix, bad input, exact vectors, updates.

``python -m rnnspec_workshop`` lists its commands; every one has a session of nox.
"""
