"""The settings, declared once: environment variables `FRENEMY_...`, of which long options are made."""

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

ENVIRONMENT_PREFIX = "FRENEMY_"

Port = Annotated[int, Meta(ge=1, le=65_535)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]

# At most 50 ids of up to 80 characters: what stands on a watch-list becomes metric labels.
_ID = r"[a-z0-9][a-z0-9-]{0,79}"
_PAIR = f"{_ID}~{_ID}"
COMPANY_LIST = f"^({_ID}(,{_ID}){{0,49}})?$"
PAIR_LIST = f"^({_PAIR}(,{_PAIR}){{0,49}})?$"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings with their defaults. The description of each is its documentation."""

    broker: Annotated[
        str, Meta(min_length=1, description="Kafka bootstrap servers, comma-separated.")
    ] = "127.0.0.1:9092"
    prefix: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$",
            description="Prefix of all topic names and of the consumer group; it may hold dots.",
        ),
    ] = "news"
    metrics_host: Annotated[
        str,
        Meta(min_length=1, description="Address that /metrics, /healthz and /readyz listen on."),
    ] = "127.0.0.1"
    metrics_port: Annotated[
        Port, Meta(description="Port that /metrics, /healthz and /readyz listen on.")
    ] = 9464
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Meta(description="Least level that is logged."),
    ] = "info"
    log_format: Annotated[
        Literal["console", "json"], Meta(description="Form of log lines on standard error.")
    ] = "console"
    watch_companies: Annotated[
        str,
        Meta(
            pattern=COMPANY_LIST,
            description="Companies with metrics of their own: up to 50 ids, comma-separated.",
        ),
    ] = (
        "microsoft,openai,google,apple,amazon,meta,nvidia,anthropic,mistral-ai,tesla,byd,renault,"
        "stellantis,airbus,boeing,orange"
    )
    watch_pairs: Annotated[
        str,
        Meta(
            pattern=PAIR_LIST,
            description="Pairs with metrics of their own: up to 50 of `id~id`, comma-separated.",
        ),
    ] = (
        "microsoft~openai,google~openai,apple~openai,amazon~anthropic,amd~nvidia,airbus~boeing,"
        "byd~tesla,renault~stellantis,microsoft~mistral-ai,google~microsoft"
    )
    otlp_endpoint: Annotated[
        str,
        Meta(
            pattern=r"^(https?://\S+)?$",
            description="OpenTelemetry collector (OTLP over HTTP, such as http://127.0.0.1:4318); "
            "needs the extra [otel]. Empty: no tracing.",
        ),
    ] = ""
    trace_share: Annotated[
        Share,
        Meta(description="Share of messages that are traced where they carry no traceparent."),
    ] = 0.1
    data_dir: Annotated[
        str, Meta(min_length=1, description="Folder for what a worker keeps on disk.")
    ] = ".frenemy"
    store: Annotated[
        Literal["memory", "rocksdb"],
        Meta(
            description="Where tables live; rocksdb needs the extra [rocksdb] and survives restarts."
        ),
    ] = "memory"
    reader: Annotated[
        Literal["thorough", "quick"],
        Meta(
            description="thorough asks the encoder where there is doubt; quick is faster and finds less."
        ),
    ] = "thorough"
    competition_threshold: Annotated[
        Share, Meta(description="Least confidence of a competition event; 0 takes the model's own.")
    ] = 0.0
    partnership_threshold: Annotated[
        Share, Meta(description="Least confidence of a partnership event; 0 takes the model's own.")
    ] = 0.0
    max_article_bytes: Annotated[
        int, Meta(ge=1_024, le=8_388_608, description="Largest raw article, in bytes.")
    ] = 1_048_576
    in_flight: Annotated[
        int,
        Meta(ge=1, le=100_000, description="Most messages whose outputs are not acknowledged yet."),
    ] = 1_000
    commit_seconds: Annotated[
        float, Meta(ge=0.1, le=60, description="Seconds between commits of offsets.")
    ] = 2.0
    session_seconds: Annotated[
        float,
        Meta(ge=1, le=300, description="Seconds without heartbeat after which a worker is dead."),
    ] = 10.0
    shutdown_seconds: Annotated[
        float, Meta(ge=1, le=600, description="Seconds a stopping worker takes to finish its work.")
    ] = 30.0
    stall_seconds: Annotated[
        float,
        Meta(
            ge=5,
            le=3_600,
            description="Seconds without progress while there is work: then a worker leaves.",
        ),
    ] = 120.0
    rejected_share: Annotated[
        Share,
        Meta(
            description="Share of rejected among the last 1,000 messages at which a worker stops; 1 never."
        ),
    ] = 0.9
    rejected_run: Annotated[
        int,
        Meta(ge=0, description="Messages rejected in a row at which a worker stops; 0 never."),
    ] = 500
    half_life_days: Annotated[
        float,
        Meta(ge=1, le=36_500, description="Days after which an event counts half in a relation."),
    ] = 180.0
    memory_days: Annotated[
        float,
        Meta(ge=1, le=36_500, description="Days of news that corrections and relations look back."),
    ] = 730.0
    pair_articles: Annotated[
        int, Meta(ge=1, le=10_000, description="Most articles remembered of a pair, the newest.")
    ] = 100
    partitions: Annotated[
        int,
        Meta(ge=0, le=1_000, description="Partitions of new topics; 0 takes schemas/topics.toml."),
    ] = 0
    replication: Annotated[int, Meta(ge=1, le=9, description="Replicas of new topics.")] = 1
    security_protocol: Annotated[
        Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"],
        Meta(description="How the broker is talked to."),
    ] = "PLAINTEXT"
    sasl_mechanism: Annotated[
        Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"], Meta(description="How a user logs in.")
    ] = "SCRAM-SHA-512"
    sasl_username: Annotated[str, Meta(description="User at the broker.")] = ""
    sasl_password: Annotated[
        str, Meta(description="Password at the broker.", extra={"secret": True})
    ] = ""
    sasl_password_file: Annotated[str, Meta(description="File that holds the password.")] = ""
    ssl_cafile: Annotated[
        str, Meta(description="Certificates (PEM) that the broker's is checked against.")
    ] = ""
    ssl_certfile: Annotated[str, Meta(description="Client certificate (PEM).")] = ""
    ssl_keyfile: Annotated[str, Meta(description="Key of the client certificate (PEM).")] = ""
    ssl_key_password: Annotated[
        str, Meta(description="Password of the key.", extra={"secret": True})
    ] = ""

    @property
    def brokers(self) -> list[str]:
        """Bootstrap servers as `host:port`."""
        return [server.strip() for server in self.broker.split(",") if server.strip()]

    @property
    def group(self) -> str:
        """Consumer group of the workers, and the prefix of table changelogs."""
        return f"{self.prefix}.frenemy"

    def topic(self, name: str) -> str:
        """Full name of a topic of `schemas/topics.toml`."""
        return f"{self.prefix}.{name}"

    def tail(self, topic: str) -> str:
        """Name of a topic without the prefix: what metrics call it."""
        return topic.removeprefix(self.prefix + ".")


class SettingsError(ValueError):
    """One or more settings are wrong; each line says which and what to do."""


def names() -> list[str]:
    """Names of all settings, in the order of their declaration."""
    return [field.name for field in msgspec.structs.fields(Settings)]


def environment_name(name: str) -> str:
    """Name of the environment variable of a setting."""
    return ENVIRONMENT_PREFIX + name.upper()


def declared() -> list[dict[str, Any]]:
    """Each setting as data: name, environment variable, option, type, default, description, secret."""
    hints = get_type_hints(Settings, include_extras=True)
    rows = []
    for field in msgspec.structs.fields(Settings):
        metas = [m for m in get_args(hints[field.name]) if isinstance(m, Meta)]
        plain = get_args(hints[field.name])[0]
        rows.append(
            {
                "name": field.name,
                "environment": environment_name(field.name),
                "option": "--" + field.name.replace("_", "-"),
                "type": "|".join(get_args(plain))
                if get_origin(plain) is Literal
                else plain.__name__,
                "default": field.default,
                "description": next((m.description for m in metas if m.description), ""),
                "secret": any((m.extra or {}).get("secret") for m in metas),
            }
        )
    return rows


def load(
    environment: Mapping[str, str] | None = None, options: Mapping[str, Any] | None = None
) -> Settings:
    """Settings from the environment, overruled by options that are not None.

    Raises:
        SettingsError: naming every setting that is wrong or unknown.
    """
    source = os.environ if environment is None else environment
    known = {environment_name(name): name for name in names()}
    faults: list[str] = []
    values: dict[str, Any] = {}
    for variable, text in source.items():
        if not variable.startswith(ENVIRONMENT_PREFIX) or variable.endswith("_COMPLETE"):
            continue
        if variable not in known:
            faults.append(f"{variable}: no such setting{_suggestion(variable, list(known))}")
        elif text != "":
            values[known[variable]] = text
    values.update({name: value for name, value in (options or {}).items() if value is not None})
    hints = get_type_hints(Settings, include_extras=True)
    for name, value in values.items():
        try:
            values[name] = msgspec.convert(value, hints[name], strict=False)
        except msgspec.ValidationError as error:
            faults.append(f"{environment_name(name)}: {error}")
    if faults:
        raise SettingsError("\n".join(sorted(faults)))
    return _with_password_file(Settings(**values))


def _with_password_file(settings: Settings) -> Settings:
    if not settings.sasl_password_file:
        return settings
    try:
        password = Path(settings.sasl_password_file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(
            f"FRENEMY_SASL_PASSWORD_FILE: the file cannot be read ({error.strerror})"
        ) from None
    return msgspec.structs.replace(settings, sasl_password=password)


def _suggestion(variable: str, known: list[str]) -> str:
    close = difflib.get_close_matches(variable, known, n=1)
    return f", did you mean {close[0]}?" if close else "; `frenemy settings` lists them"
