"""Frenemy: companies, and who competes or works with whom, from a stream of business news."""

__version__ = "0.1.0"
