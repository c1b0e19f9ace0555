"""Write schemas/asyncapi.yaml: python -m deploy.asyncapi."""

from pathlib import Path

import yaml

from streams.wire.asyncapi import document
from streams.wire.settings import Settings

TARGET = Path(__file__).resolve().parents[1] / "schemas" / "asyncapi.yaml"
HEAD = "# Written by python -m deploy.asyncapi; do not edit. With other settings: frenemy topics asyncapi\n"


def text() -> str:
    """The document of the default settings as YAML."""
    return HEAD + yaml.safe_dump(
        document(Settings()), sort_keys=False, width=100, allow_unicode=True
    )


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
