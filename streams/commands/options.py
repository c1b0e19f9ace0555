"""Options made from the declared settings, and errors told in one line."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from streams.wire import settings as declaration
from streams.wire.settings import Settings, SettingsError

BROKER = (
    "broker",
    "prefix",
    "security_protocol",
    "sasl_mechanism",
    "sasl_username",
    "sasl_password_file",
    "ssl_cafile",
    "ssl_certfile",
    "ssl_keyfile",
)
ANALYSIS = ("reader", "competition_threshold", "partnership_threshold", "max_article_bytes")


class Fault(click.ClickException):
    """Something is wrong that the user can mend: one clear line, exit code 2."""

    exit_code = 2


def with_settings(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command these settings as options, and call it with `settings`."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def run(**parameters: Any) -> None:
            options = {name: parameters.pop(name) for name in names}
            try:
                settings = declaration.load(options=options)
                # Certificates are read when the broker is first talked to.
                command(settings=settings, **parameters)
            except SettingsError as error:
                raise Fault(str(error)) from None

        decorated: Callable[..., None] = run
        rows = {row["name"]: row for row in declaration.declared()}
        for name in reversed(names):
            row = rows[name]
            help_text = f"{row['description']}  [{row['environment']}; default: {row['default']}]"
            decorated = click.option(row["option"], name, metavar=str(row["type"]), help=help_text)(
                decorated
            )
        return decorated

    return decorate


def all_settings() -> tuple[str, ...]:
    """Names of all settings that may be options: secrets come from environment or file alone."""
    return tuple(row["name"] for row in declaration.declared() if not row["secret"])


__all__ = ["ANALYSIS", "BROKER", "Fault", "Settings", "all_settings", "with_settings"]
