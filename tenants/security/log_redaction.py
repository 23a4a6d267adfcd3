"""Redacts secrets in all logs; runs last, on the rendered line."""

from __future__ import annotations

import logging
import re
import sys
from typing import Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MASK: Final = "•••"

_NAMES: Final = (
    r"(?:phone|phone_number|phone_code|phone_code_hash|login_code|code_hash|password"
    r"|api_hash|secret_token|session_string|auth_key)"
)

_RULES: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    # A BotFather token, also URL-encoded and in a path ("/bot123:…"). The bot's id stays.
    (re.compile(r"(?<![0-9])([0-9]{6,16})(:|%3[aA])[A-Za-z0-9_-]{30,64}"), rf"\1\2{MASK}"),
    # Telethon's StringSession: "1" and 352 characters of base64.
    (re.compile(r"\b1[A-Za-z0-9_-]{340,}={0,2}"), MASK),
    # An api_hash, or any other 32 to 64 hex digits.
    (re.compile(r"\b[0-9a-fA-F]{32,64}\b"), MASK),
    # A phone number in international form. A bare number may be an id and stays.
    (re.compile(r"\+[1-9](?:[ ().-]{0,2}[0-9]){6,14}"), f"+{MASK}"),
    # The password in a URL, for example of a database.
    (re.compile(r"(://[^\s:/@]*:)[^\s/@]+(?=@)"), rf"\1{MASK}"),
    # key="value", "key": "value" and key='value' of every key whose name means a secret.
    # The quotes stay, so that JSON stays valid.
    (
        re.compile(rf"(?i)({_NAMES}(?:\\?['\"])?\s*[:=]\s*b?)(\\?['\"])(?:(?!\2)(?:\\.|.))+"),
        rf"\1\2{MASK}",
    ),
    # The same without quotes.
    (
        re.compile(rf"(?i)({_NAMES}['\"]?\s*[:=]\s*)(?!b?\\?['\"])(?:\\.|[^\s,;)}}\]&\"])+"),
        rf"\1{MASK}",
    ),
    # "Login code: 12345", the format of 777000.
    (re.compile(r"(?i)(\bcode\b\W{0,4}(?:is\W{0,3})?)[0-9](?:[ -]?[0-9]){4,5}\b"), rf"\1{MASK}"),
    # A QR login link.
    (re.compile(r"tg://login\?token=[A-Za-z0-9_=-]+"), f"tg://login?token={MASK}"),
)


CHATTY: Final = ("aiosqlite", "apscheduler", "asyncio", "sqlalchemy", "telethon", "urllib3")
"""Libraries that log content below WARNING (statements with their parameters, requests):
users' texts, which no pattern matches. SQLAlchemy logs each statement at INFO."""


def redact(text: str) -> str:
    """``text`` without tokens, sessions, hashes, phone numbers and login codes."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


class RedactingRenderer:
    """The last structlog processor: renders with another one, then redacts the line."""

    def __init__(self, renderer: Processor) -> None:
        self._renderer = renderer

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> str:
        return redact(str(self._renderer(logger, method, event)))


def configure_logging(
    level: str = "INFO", style: str = "console", stream: TextIO | None = None
) -> None:
    """Send structlog's and the standard library's log records through one redacting handler.

    Args:
        level: name of the lowest level shown.
        style: ``console`` for people, ``json`` for machines (one object a line).
    """
    target = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_finish(style, colors=target.isatty()),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _finish(style: str, *, colors: bool) -> list[Processor]:
    if style == "json":
        json = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
        return [structlog.processors.format_exc_info, RedactingRenderer(json)]
    plain = structlog.dev.plain_traceback
    console = structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain)
    return [RedactingRenderer(console)]
