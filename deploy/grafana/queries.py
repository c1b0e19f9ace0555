"""A dashboard's queries, asked of a Prometheus the way Grafana asks them: variables and macros filled in."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

_VARIABLE = re.compile(r"label_values\((?P<metric>[^,]+), *(?P<label>\w+)\)")
POINTS = 240


class QueryError(RuntimeError):
    """Prometheus refuses a query; says which and why."""


@dataclass(frozen=True, slots=True)
class Series:
    """One series of an answer: its labels, and values by time (Unix seconds)."""

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Span:
    """The time that is shown, in Unix seconds, the interval of scrapes and the least step."""

    start: float
    end: float
    scrape_seconds: float
    least_step: float = 0.0

    @property
    def step(self) -> float:
        """Seconds between two points."""
        return max(self.scrape_seconds, self.least_step, (self.end - self.start) / POINTS)

    def of(self, panel: Mapping[str, Any]) -> Self:
        """The same time with the least step of a panel."""
        interval = panel.get("interval", "0s")
        return replace(self, least_step=float(interval[:-1]) * {"s": 1, "m": 60}[interval[-1]])


class Prometheus:
    """The HTTP API of a Prometheus."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def get(self, path: str, **parameters: str | float) -> Any:
        """The data of an answer.

        Raises:
            QueryError: where Prometheus refuses.
            OSError: where it does not answer.
        """
        query = urllib.parse.urlencode(parameters)
        request = urllib.request.Request(f"{self._url}/api/v1/{path}?{query}")  # noqa: S310 - the user's URL
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            with error:
                raise QueryError(f"{parameters.get('query')}: {error.read().decode()}") from None

    def instant(self, expr: str, at: float) -> list[Series]:
        """The values of an expression at a moment."""
        data = self.get("query", query=expr, time=at)
        if data["resultType"] == "scalar":
            return [Series({}, (_point(data["result"]),))]
        return [Series(_labels(row), (_point(row["value"]),)) for row in data["result"]]

    def over(self, expr: str, span: Span) -> list[Series]:
        """The values of an expression over a time."""
        data = self.get("query_range", query=expr, start=span.start, end=span.end, step=span.step)
        return [Series(_labels(row), tuple(map(_point, row["values"]))) for row in data["result"]]

    def label_values(self, metric: str, label: str) -> list[str]:
        """The values that a label of a metric has."""
        values: list[str] = self.get(f"label/{label}/values", **{"match[]": metric})
        return sorted(values)


def filled(expr: str, variables: Mapping[str, str], span: Span) -> str:
    """The expression with Grafana's macros and the dashboard's variables filled in.

    Raises:
        QueryError: where a variable is left that nobody defines.
    """
    rate = max(span.step + span.scrape_seconds, 4 * span.scrape_seconds)
    values = {
        "__rate_interval": f"{rate:.0f}s",
        "__interval": f"{max(1.0, span.step):.0f}s",
        "__range": f"{span.end - span.start:.0f}s",
        **variables,
    }
    for name in sorted(values, key=len, reverse=True):
        expr = expr.replace(f"${{{name}}}", values[name]).replace(f"${name}", values[name])
    if "$" in expr:
        raise QueryError(f"{expr}: a variable is not defined")
    return expr


def variables(dashboard: Mapping[str, Any], prometheus: Prometheus) -> dict[str, str]:
    """The dashboard's variables as Grafana fills them in where All is chosen.

    Raises:
        QueryError: where a variable has no value.
    """
    found: dict[str, str] = {}
    for variable in dashboard["templating"]["list"]:
        if variable["type"] != "query":
            continue
        asked = _VARIABLE.fullmatch(variable["query"]["query"])
        if asked is None:
            raise QueryError(f"variable {variable['name']}: {variable['query']}")
        values = prometheus.label_values(asked["metric"], asked["label"])
        if not values:
            raise QueryError(f"variable {variable['name']} has no value")
        # A dot in a value stands for itself; Grafana escapes for a regular expression in a string.
        escaped = "|".join(re.sub(r"([.+*?()|\[\]^$])", r"\\\\\1", value) for value in values)
        found[variable["name"]] = f"({escaped})"
    return found


def panels(dashboard: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The panels with queries."""
    for panel in dashboard["panels"]:
        if panel["type"] != "row":
            yield panel


def answers(
    panel: Mapping[str, Any], filled_in: Mapping[str, str], prometheus: Prometheus, span: Span
) -> list[list[Series]]:
    """What Prometheus says to each query of a panel."""
    span = span.of(panel)
    found = []
    for target in panel["targets"]:
        expr = filled(target["expr"], filled_in, span)
        instant = target.get("instant", False)
        found.append(prometheus.instant(expr, span.end) if instant else prometheus.over(expr, span))
    return found


def name(series: Series, target: Mapping[str, Any]) -> str:
    """How Grafana calls a series in the legend."""
    legend = str(target.get("legendFormat") or "")
    if not legend:
        return ", ".join(series.labels.values())
    return re.sub(r"\{\{ *(\w+) *\}\}", lambda m: series.labels.get(m[1], ""), legend)


def _labels(row: Mapping[str, Any]) -> dict[str, str]:
    return {k: v for k, v in row["metric"].items() if k != "__name__"}


def _point(pair: tuple[float, str]) -> tuple[float, float]:
    return float(pair[0]), float(pair[1])
