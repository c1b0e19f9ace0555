"""A small transformer that reads the articles which the quick models leave in doubt."""
