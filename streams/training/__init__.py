"""How the data files of companies and events are made. Not needed to run."""
