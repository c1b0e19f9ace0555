"""What all tests share."""

from streams.wire import single_thread  # isort: skip  # noqa: F401 - before numpy is imported
import os

import pytest
from hypothesis import HealthCheck, settings

# How fast a machine is must not decide whether a test passes.
settings.register_profile("any-speed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-speed")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests say their settings themselves."""
    for name in list(os.environ):
        if name.startswith("FRENEMY_") and not name.startswith("FRENEMY_TEST_"):
            monkeypatch.delenv(name)
