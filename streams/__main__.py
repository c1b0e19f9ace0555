"""`python -m streams` is `frenemy`."""

from streams.commands import main

if __name__ == "__main__":
    main(prog_name="frenemy")
