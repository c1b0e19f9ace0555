"""Which companies an article speaks of. `README.md` beside this file says how, and how well."""
