"""What must not be read in a log is not in it, however it came there."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from tenants.security.log_redaction import CHATTY, MASK, configure_logging, redact

SECRET = "AAHfYx9_-kLmNoPqRsTuVwXyZ0123456789"
TOKEN = f"7123456789:{SECRET}"


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        f"https://api.telegram.org/bot{TOKEN}/getMe",
        f"bot7123456789%3A{SECRET}",
        f"bot7123456789%3a{SECRET}",
        f"'{TOKEN}'",
    ],
)
def test_bot_tokens(text: str) -> None:
    assert SECRET not in redact(text)
    assert "7123456789" in redact(text)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("session 1" + "Ab-_" * 88, "Ab-_Ab-_"),
        ("api_hash=0123456789abcdef0123456789abcdef", "0123456789abcdef"),
        ("{'phone': '15551234567'}", "15551234567"),
        ('{"phone_number": "15551234567"}', "15551234567"),
        ("call +1 (555) 123-45-67 now", "123-45-67"),
        ("call +15551234567", "15551234567"),
        ("SignInRequest(phone_code='24680', phone_code_hash='abcd')", "24680"),
        ("SignInRequest(phone_code='24680', phone_code_hash='abcd')", "abcd"),
        ("Login code: 24680. Do not give it", "24680"),
        ("your code is 246-80 ok", "246-80"),
        ("password = hunter2, x", "hunter2"),
        ("password=b'hunter2'", "hunter2"),
        ("password='two words, and more'", "and more"),
        ('password="cut off before its end', "its end"),
        ('{"password": "a\\"b\\"hunter2"}', "hunter2"),
        ('"CheckPassword(password=\\"hunter2 too\\")"', "hunter2"),
        ("password=hun'ter2", "ter2"),
        ("postgresql+asyncpg://bots:hunter2@db.example:5432/bots", "hunter2"),
        ("tg://login?token=AQIDBA==", "AQIDBA"),
        ("secret_token: s3cr3t", "s3cr3t"),
    ],
)
def test_other_secrets(text: str, secret: str) -> None:
    assert secret not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "tenant=17 user=7123456789 chat=-1001234567890",
        "2026-11-23T12:00:00.123456Z online in 0.25 s",
        "error code 429, retry after 35",
        "HTTP 401 Unauthorized",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("value", ["plain", 'a"b', "it's", "back\\slash", "two words", "line\nend"])
def test_a_line_of_json_stays_one(value: str) -> None:
    inside = f"Check(password={value!r}, api_hash='{'0f' * 16}')"
    line = json.dumps({"password": value, "event": inside, "phone": "+15551234567", "tenant": 5})
    shown = json.loads(redact(line))
    assert (shown["password"], shown["tenant"]) == (MASK, 5)
    assert value not in shown["event"]
    assert "0f0f" not in shown["event"]


@pytest.fixture
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.reset_defaults()


@pytest.mark.parametrize("style", ["console", "json"])
@pytest.mark.usefixtures("restored_logging")
def test_every_line_passes_the_redactor(style: str) -> None:
    out = io.StringIO()
    configure_logging("INFO", style, out)
    try:
        raise ValueError(f"GET /bot{TOKEN}/getMe failed")
    except ValueError:
        structlog.get_logger("ours").exception("it failed", url=f"/bot{TOKEN}/x", tenant=5)
        logging.getLogger("theirs").exception("with %s", TOKEN)
    logging.getLogger("theirs").debug("too low to be shown")
    text = out.getvalue()
    assert SECRET not in text
    assert "it failed" in text
    assert text.count("ValueError") >= 2
    assert "too low" not in text
    if style == "json":
        lines = [json.loads(line) for line in text.splitlines()]
        assert [line["level"] for line in lines] == ["error", "error"]
        assert lines[0]["tenant"] == 5


@pytest.mark.usefixtures("restored_logging")
@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_libraries_do_not_tell_what_they_carry(level: str) -> None:
    """aiosqlite says every statement with its parameters at DEBUG, SQLAlchemy at INFO."""
    out = io.StringIO()
    configure_logging(level, "console", out)
    number = logging.getLevelNamesMapping()[level]
    for name in CHATTY:
        logging.getLogger(name).log(number, "executing %s", "INSERT … ('see you at eight')")
        logging.getLogger(f"{name}.core").log(number, "executing %s", "('see you at eight')")
    logging.getLogger("ours").log(number, "shown")
    assert "eight" not in out.getvalue()
    assert "shown" in out.getvalue()
