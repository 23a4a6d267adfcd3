"""Settings: fixed names, plain words about mistakes, and no secret in sight."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from controlbot.app import mtproto_settings
from controlbot.cli.error_output import sentence
from controlbot.settings import Address, SettingRefused, Settings, explain
from tenants.domain.errors import MalformedToken

TOKEN = "123456789:" + "A" * 35


def settings(**values: Any) -> Settings:
    return Settings(_env_file=None, **values)


def test_names_are_the_documented_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "TOKEN": TOKEN,
        "OWNERS": "5, 7",
        "LISTEN": "0.0.0.0:9000",
        "LOGIN_METHODS": "phone",
        "API_ID": "",
        "MAX_BOTS_PER_USER": "3",
    }.items():
        monkeypatch.setenv(f"CONTROLBOT_{name}", value)
    read = settings()
    assert read.bot_token.bot_id == 123456789
    assert read.owner_ids == {5, 7}
    assert read.address == ("0.0.0.0", 9000)
    assert read.login_methods == ("phone",)
    assert read.telegram_app is None
    assert read.max_bots_per_user == 3


def test_defaults_need_nothing() -> None:
    read = settings()
    assert read.token is None
    assert str(read.address) == "127.0.0.1:8080"
    assert read.database.startswith("sqlite+aiosqlite:///")
    assert read.key_file == Path("data/master.key")
    with pytest.raises(MalformedToken):
        _ = read.bot_token


def test_secrets_are_not_shown() -> None:
    read = settings(token=TOKEN, api_id=1, api_hash="cafe" * 8, master_key="topsecret")
    shown = repr(read) + str(read) + repr(read.bot_token) + repr(read.telegram_app)
    for secret in ("AAAA", "cafe", "topsecret"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"listen": "8080"}, "host:port"),
        ({"token": "hello"}, "CONTROLBOT_TOKEN"),
        ({"login_methods": "smoke"}, "CONTROLBOT_LOGIN_METHODS"),
        ({"master_key": "a", "master_key_command": "b"}, "only one"),
        ({"owners": "hello"}, "CONTROLBOT_OWNERS: expected a whole number"),
        ({"database_url": "mysql://hello@db/x"}, "sqlite:/// or postgresql://"),
        ({"mtproto_server": "10.0.0.1:443"}, "CONTROLBOT_MTPROTO_PUBLIC_KEY_FILE"),
    ],
)
def test_mistakes_are_explained_without_the_value(values: dict[str, Any], word: str) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(**values)
    lines = "\n".join(explain(caught.value))
    assert word in lines
    assert "hello" not in lines


def test_an_ipv6_address_keeps_its_brackets() -> None:
    assert str(Address.parse("[::1]:80")) == "[::1]:80"


@pytest.mark.parametrize(
    ("server", "key"), [("nonsense", "x"), ("127.0.0.1:443", "no key"), ("host.example:443", "")]
)
def test_a_server_of_nonsense_is_refused_in_words(tmp_path: Path, server: str, key: str) -> None:
    file = tmp_path / "key.pem"
    file.write_text(key, encoding="ascii")
    settings = Settings(_env_file=None, mtproto_server=server, mtproto_public_key_file=file)
    with pytest.raises(SettingRefused) as refused:
        mtproto_settings(settings)
    assert "{" not in sentence(refused.value)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"api_id": 1, "api_hash": "nonsense"}, "is not an api_hash"),
        ({"api_id": 1}, "belong together"),
        ({"webhook_url": "http://bots.example.org"}, "Telegram takes no http"),
        ({"webhook_url": "https://bots.example.org:9000"}, "443, 80, 88 and 8443"),
        ({"webhook_url": "bots.example.org"}, "not a web address"),
        ({"bot_api_url": "banana"}, "CONTROLBOT_BOT_API_URL is not a web address"),
    ],
)
def test_what_telegram_would_refuse_is_said_at_once(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(**given)
    (line,) = explain(refused.value)
    assert words in line


def test_bot_api_server_of_ones_own_takes_http_webhooks() -> None:
    own = {"bot_api_url": "http://127.0.0.1:8081", "webhook_url": "http://127.0.0.1:8080"}
    assert settings(**own).webhook_url == "http://127.0.0.1:8080"
