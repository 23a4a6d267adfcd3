"""Checks a token with two plain Bot API calls, before heavy packages are imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from tenants.domain.errors import TelegramUnavailable, TokenRejected
from tenants.domain.model import BotToken

TIMEOUT = aiohttp.ClientTimeout(total=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """getMe's result, and by how many seconds the server's clock is ahead of ours."""

    username: str
    name: str
    can_manage_bots: bool
    clock_ahead: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Somebody who wrote to the bot."""

    user_id: int
    name: str


async def get_me(api_url: str, token: BotToken) -> Answer:
    """Ask who the bot is. https://core.telegram.org/bots/api#getme

    Raises:
        TokenRejected: Telegram does not know the token.
        TelegramUnavailable: there was no valid response.
    """
    result, headers = await _call(api_url, token, "getMe", {})
    if not isinstance(result, dict):
        raise TelegramUnavailable(retry_after=None)
    return Answer(
        username=str(result.get("username", "")),
        name=str(result.get("first_name", "")),
        can_manage_bots=bool(result.get("can_manage_bots")),
        clock_ahead=_clock_ahead(headers.get("Date")),
    )


async def first_writer(api_url: str, token: BotToken, *, seconds: int) -> Writer | None:
    """Wait for a message to the bot, without confirming its update.

    No offset is sent, so the update stays with Telegram.
    https://core.telegram.org/bots/api#getupdates
    """
    parameters = {"timeout": seconds, "allowed_updates": ["message"]}
    result, _ = await _call(api_url, token, "getUpdates", parameters, extra_seconds=seconds)
    for update in result if isinstance(result, list) else []:
        sender = update.get("message", {}).get("from", {})
        if sender.get("id") and not sender.get("is_bot"):
            return Writer(user_id=int(sender["id"]), name=str(sender.get("first_name", "")))
    return None


async def _call(
    api_url: str,
    token: BotToken,
    method: str,
    parameters: Mapping[str, object],
    *,
    extra_seconds: int = 0,
) -> tuple[object, Mapping[str, str]]:
    url = f"{api_url.rstrip('/')}/bot{token.reveal()}/{method}"
    timeout = aiohttp.ClientTimeout(total=(TIMEOUT.total or 0) + extra_seconds)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url, json=parameters, allow_redirects=False) as response,
        ):
            body: Any = await response.json(content_type=None)
            headers = dict(response.headers)
            status = response.status
    except (aiohttp.ClientError, TimeoutError, ValueError):
        # The cause is dropped: its text contains the URL and so the token.
        raise TelegramUnavailable(retry_after=None) from None
    if status in {401, 404}:
        raise TokenRejected()
    if not isinstance(body, dict) or not body.get("ok"):
        raise TelegramUnavailable(retry_after=None)
    return body.get("result"), headers


def _clock_ahead(date: str | None) -> float | None:
    if not date:
        return None
    try:
        return (parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError):
        return None
