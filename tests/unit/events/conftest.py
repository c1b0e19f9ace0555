import pytest

from streams.articles.events.detector import EventDetector


@pytest.fixture(scope="session")
def detector() -> EventDetector:
    return EventDetector.load()
