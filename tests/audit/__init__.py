"""Licences and known faults of what we depend on: `python -m tests.audit`."""
