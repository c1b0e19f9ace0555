"""Frenemy on Kubernetes."""
