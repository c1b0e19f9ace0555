"""What the robots.txt of a host allows (RFC 9309)."""

from protego import Protego

MOST_BYTES = 512_000
KEPT_SECONDS = 86_400.0
LONGEST_DELAY = 30.0


class Robots:
    """The rules of one host for our user agent."""

    def __init__(self, status: int | None, text: str) -> None:
        """Rules from the answer to /robots.txt; `status` is None where the host did not answer.

        A host that has none (4xx) allows all; one that cannot say (5xx, no answer) allows nothing.
        """
        self._all = status is not None and 400 <= status < 500
        self._none = status is None or status >= 500
        self._rules = Protego.parse(text if status == 200 else "")

    def allows(self, url: str, agent: str) -> bool:
        """Whether a URL may be fetched."""
        if self._all or self._none:
            return self._all
        return bool(self._rules.can_fetch(url, agent))

    def delay(self, agent: str) -> float:
        """Seconds between requests that the host asks for, at most `LONGEST_DELAY`."""
        return min(float(self._rules.crawl_delay(agent) or 0.0), LONGEST_DELAY)
