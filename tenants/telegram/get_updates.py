"""Raw getUpdates: returns the bytes of each update, without aiogram's objects.

https://core.telegram.org/bots/api#getupdates
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import aiohttp
import msgspec

from tenants.domain.errors import PlatformError
from tenants.domain.model import BotToken
from tenants.telegram.http_client import Telegram
from tenants.telegram.raw_json import repair, split_result

_SLACK: Final = 15.0
_CONNECT: Final = 20.0
_WEBHOOK_ACTIVE: Final = "webhook is active"


class PollFailed(PlatformError):
    """The poll failed; ``wait`` is the pause Telegram asked for (seconds), if any."""

    code = "poll_failed"

    def __init__(self, kind: str, wait: float | None = None) -> None:
        super().__init__(kind=kind, retry_after=wait)
        self.kind = kind
        self.wait = wait


class TokenRefused(PollFailed):
    """401 (or 404, which a malformed or deleted bot's token gets)."""


class AnotherPoller(PollFailed):
    """409: somebody else calls getUpdates."""


class WebhookActive(PollFailed):
    """409: a webhook is set."""


class _Parameters(msgspec.Struct):
    retry_after: float | None = None


class _Answer(msgspec.Struct):
    ok: bool = False
    result: list[msgspec.Raw] = []
    error_code: int = 0
    description: str = ""
    parameters: _Parameters | None = None


class _Failure(msgspec.Struct):
    """An answer that is not ok; its ``result``, if any, is ignored."""

    error_code: int = 0
    description: str = ""
    parameters: _Parameters | None = None


_answer: Final = msgspec.json.Decoder(_Answer)
_failure: Final = msgspec.json.Decoder(_Failure)
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeError, RecursionError)
_json: Final = {"Content-Type": "application/json"}


class Updates:
    """Polls for any bot over the shared polling session."""

    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram

    async def get(
        self,
        token: BotToken,
        *,
        offset: int | None,
        limit: int,
        wait: int,
        allowed: Sequence[str],
    ) -> list[msgspec.Raw]:
        """Up to ``limit`` updates; waits up to ``wait`` seconds when there are none.

        Raises:
            PollFailed: or a subclass.
        """
        call: dict[str, object] = {"timeout": wait, "limit": limit, "allowed_updates": allowed}
        if offset is not None:
            call["offset"] = offset
        url = f"{self._telegram.base_url}/bot{token.reveal()}/getUpdates"
        timeout = aiohttp.ClientTimeout(total=wait + _SLACK, sock_connect=_CONNECT)
        try:
            async with self._telegram.polling.post(
                url,
                data=msgspec.json.encode(call),
                headers=_json,
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                return _read(response.status, await response.read())
        except TimeoutError:
            raise PollFailed("timeout") from None
        except aiohttp.ClientError as error:
            # No cause: aiohttp's errors may contain the URL, and with it the token.
            raise PollFailed(type(error).__name__) from None


def _read(status: int, body: bytes) -> list[msgspec.Raw]:
    if status == 200:
        answer = _decode(body)
        if answer.ok:
            return answer.result
    raise _failed(status, body)


def _decode(body: bytes) -> _Answer:
    """Decode an answer. Invalid text is repaired; an undecodable entry does not prevent the
    others from being read.

    Raises:
        PollFailed: it is not an answer of the Bot API.
    """
    try:
        return _answer.decode(body)
    except _UNREADABLE:
        body = repair(body)
    try:
        return _answer.decode(body)
    except _UNREADABLE:
        entries = split_result(body)
    if entries is None:
        raise PollFailed("garbage") from None
    return _Answer(ok=True, result=[msgspec.Raw(entry) for entry in entries])


def _failed(status: int, body: bytes) -> PollFailed:
    try:
        answer = _failure.decode(repair(body))
    except _UNREADABLE:
        answer = _Failure()
    wait = answer.parameters.retry_after if answer.parameters else None
    match answer.error_code or -status:
        # Only Telegram's own answer counts: a proxy's page says nothing about the token.
        case 401 | 404:
            return TokenRefused("unauthorized")
        case 409 if _WEBHOOK_ACTIVE in answer.description:
            return WebhookActive("webhook")
        case 409:
            return AnotherPoller("conflict")
        case 429 | -429:
            return PollFailed("flood", wait or 5.0)
        case code:
            return PollFailed(f"http_{abs(code)}", wait)
