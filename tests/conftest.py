"""What all tests share."""

from streams.wire import single_thread  # isort: skip  # noqa: F401 - before numpy is imported
import os

import pytest


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests say their settings themselves."""
    for name in list(os.environ):
        if name.startswith("FRENEMY_") and not name.startswith("FRENEMY_TEST_"):
            monkeypatch.delenv(name)
