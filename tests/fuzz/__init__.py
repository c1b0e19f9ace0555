"""Hostile input by the million: `python -m tests.fuzz`."""
