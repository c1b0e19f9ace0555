"""Lists the licences of what is installed with us, and asks for known faults in it.

    python -m tests.audit licences
    python -m tests.audit faults

`licences` fails where one is not allowed by `tests/audit/licences.toml`. `faults` runs pip-audit over the locked
versions; it needs a service on the internet. Where that does not answer it says so, and nothing is known: exit code 3.
"""

import argparse
import subprocess
import sys

from tests.audit.licences import ROOT, listed

LOCK = ROOT / "deploy" / "requirements.lock"
NOT_REACHED = 3
_UNREACHED = (
    "ConnectionError",
    "Max retries",
    "Connection refused",
    "NameResolution",
    "ServiceError",
    "Could not",
)


def licences() -> int:
    """Print all; 1 where one is not allowed."""
    faults = 0
    for licence in listed():
        faults += not licence.allowed
        mark = "" if licence.allowed else "  NOT ALLOWED"
        _say(f"{licence.name:40} {licence.version:14} {licence.told}{mark}")
    if faults:
        _say(
            f"{faults} not allowed: read the licence; then allow it in tests/audit/licences.toml or do without."
        )
    return 1 if faults else 0


def known_faults(program: tuple[str, ...] = (sys.executable, "-m", "pip_audit")) -> int:
    """Ask pip-audit; 0 none, 1 some, 3 where its database was not reached or it is not installed."""
    done = subprocess.run(
        [*program, "--require-hashes", "--disable-pip", "-r", str(LOCK)],
        capture_output=True,
        text=True,
        check=False,
    )
    told = done.stdout + done.stderr
    if "No module named" in told:
        _say("pip-audit is not installed: pip install pip-audit. Nothing is known of faults.")
        return NOT_REACHED
    if done.returncode and any(word in told for word in _UNREACHED):
        _say(
            "pip-audit did not reach its database of faults: nothing is known of them. Ask again online."
        )
        return NOT_REACHED
    _say(told.strip())
    return 1 if done.returncode else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        "python -m tests.audit",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=["licences", "faults"])
    sys.exit(licences() if parser.parse_args().what == "licences" else known_faults())
