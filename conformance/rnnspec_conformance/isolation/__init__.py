"""Trials in a process of their own: the process that asks, the one that judges, and what they say to each other."""
