"""No secret is told anywhere, and nothing listens to the outside unless asked."""

import inspect
import logging
from pathlib import Path

import pytest
from click.testing import CliRunner

from streams.commands import main
from streams.commands.options import all_settings
from streams.wire import settings as declaration
from streams.wire.app import build
from streams.wire.broker import tls_context
from streams.wire.settings import SettingsError

SECRET = "tell-nobody-4711"  # noqa: S105 - of no account
SECRETS = [str(row["name"]) for row in declaration.declared() if row["secret"]]


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(SECRET + "\n")
    return path


def test_passwords_are_declared_secret_and_are_no_options() -> None:
    named = {name for name in declaration.names() if name.endswith("password")}
    assert named == set(SECRETS)
    assert not named & set(all_settings())


@pytest.mark.parametrize("arguments", [["settings"], ["settings", "--json"]], ids=" ".join)
def test_settings_show_no_secret(
    arguments: list[str], secret_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in SECRETS:
        monkeypatch.setenv(declaration.environment_name(name), SECRET)
    assert SECRET not in CliRunner().invoke(main, arguments).output
    monkeypatch.setenv("FRENEMY_SASL_PASSWORD_FILE", str(secret_file))
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0
    assert SECRET not in done.output


@pytest.mark.parametrize("name", SECRETS)
def test_errors_about_settings_tell_no_secret(name: str) -> None:
    variable = declaration.environment_name(name)
    with pytest.raises(SettingsError) as caught:
        declaration.load({variable: SECRET, "FRENEMY_NO_SUCH": "x", "FRENEMY_METRICS_PORT": "x"})
    assert SECRET not in str(caught.value)


def test_errors_and_logs_of_a_broker_that_is_not_there_tell_no_secret(
    secret_file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("FRENEMY_BROKER", "127.0.0.1:1")
    monkeypatch.setenv("FRENEMY_SECURITY_PROTOCOL", "SASL_PLAINTEXT")
    monkeypatch.setenv("FRENEMY_SASL_USERNAME", "news")
    monkeypatch.setenv("FRENEMY_SASL_PASSWORD_FILE", str(secret_file))
    with caplog.at_level(logging.DEBUG):
        done = CliRunner().invoke(main, ["rejected", "list"])
    assert done.exit_code == 2
    assert "No Kafka broker answers" in done.output
    assert SECRET not in done.output + caplog.text


def test_a_key_that_cannot_be_loaded_tells_no_password(tmp_path: Path) -> None:
    certificate = tmp_path / "client.pem"
    certificate.write_text("no certificate")
    settings = declaration.load(
        {"FRENEMY_SSL_KEY_PASSWORD": SECRET},
        {"security_protocol": "SSL", "ssl_certfile": str(certificate)},
    )
    with pytest.raises(SettingsError) as caught:
        tls_context(settings)
    assert SECRET not in str(caught.value)


def test_only_loopback_listens_unless_asked_and_fausts_server_is_off() -> None:
    assert declaration.load({}, {}).metrics_host == "127.0.0.1"
    assert "web_enabled=False" in inspect.getsource(build)
