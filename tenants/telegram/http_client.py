"""The two HTTP sessions that all bots share: one for long polls, one for everything else."""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, Callable
from typing import Any, Final, cast
from urllib.parse import urlsplit

import aiohttp
import certifi
from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType

from tenants.domain.model import BotToken
from tenants.support.metrics import Metrics
from tenants.telegram.raw_json import repair
from tenants.telegram.refusals import is_harmless
from tenants.telegram.send_limits import OutgoingLimits, Target, may_wait
from tenants.telegram.unreadable_answers import read_by_ids

TELEGRAM_API_URL: Final = "https://api.telegram.org"
FILE_LIMIT: Final = 20 * 1024 * 1024
"""Bytes; the limit of getFile. https://core.telegram.org/bots/api#getfile"""
_RETRIES_OF_429: Final = 3
_LONGEST_WAIT: Final = 60
_DEFAULTS: Final = DefaultBotProperties(parse_mode=ParseMode.HTML, allow_sending_without_reply=True)


class FileTooBig(TelegramAPIError):
    """A download exceeded :data:`FILE_LIMIT`, whatever its announced size."""


class Telegram:
    """One Bot API server, and the connections to it.

    A bot of aiogram's own costs an SSL context and a session (702 KB); one of these costs
    0.3 KB. Redirects are not followed, and no error contains a URL (it contains the token).
    """

    def __init__(
        self,
        base_url: str = TELEGRAM_API_URL,
        *,
        metrics: Metrics | None = None,
        sending_connections: int = 200,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.limits = OutgoingLimits()
        self.metrics = metrics or Metrics()
        self._tls = tls
        self._polling: aiohttp.ClientSession | None = None
        self.closed = False
        self.on_call: Callable[[int, str, int], None] | None = None
        """Called after each call with bot, outcome (``ok`` or the error's kind) and the number
        of messages sent."""
        self._sending = SharedSession(self, sending_connections)

    def bot(self, token: BotToken) -> Bot:
        """A bot that uses the shared session. Parse mode is HTML by default, and a reply is
        sent even when the message it replies to is gone."""
        return Bot(token.reveal(), session=self._sending, default=_DEFAULTS)

    @property
    def polling(self) -> aiohttp.ClientSession:
        """The session for long polls, with one connection per bot.

        Raises:
            aiohttp.ClientError: closed; it is not opened again.
        """
        if self.closed:
            raise aiohttp.ClientConnectionError("closed")
        if self._polling is None or self._polling.closed:
            connector = aiohttp.TCPConnector(limit=0, ssl=self.tls, ttl_dns_cache=3600)
            self._polling = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=True
            )
        return self._polling

    @property
    def tls(self) -> ssl.SSLContext | bool:
        """One context for all connections, with certifi's authorities, as in aiogram."""
        if self._tls is None and urlsplit(self.base_url).scheme == "https":
            self._tls = ssl.create_default_context(cafile=certifi.where())
        return self._tls if self._tls is not None else True

    async def close(self) -> None:
        """Close both sessions permanently. A running request ends with an error."""
        self.closed = True
        if self._polling is not None:
            await self._polling.close()
        await self._sending.close()


class SharedSession(AiohttpSession):
    """aiogram's session for many bots: with send limits, without redirects, without tokens in
    errors."""

    def __init__(self, telegram: Telegram, connections: int) -> None:
        super().__init__(limit=connections, api=TelegramAPIServer.from_base(telegram.base_url))
        self._telegram = telegram
        self._connector_init["ssl"] = telegram.tls

    async def create_session(self) -> aiohttp.ClientSession:
        if self._telegram.closed:
            raise aiohttp.ClientConnectionError("closed")
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(**self._connector_init),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
            self._should_reset_connector = False
        return self._session

    async def close(self) -> None:
        if self._session is not None and not self._session.closed:
            await self._session.close()

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109
    ) -> TelegramType:
        """Wait for the send limits, make the call, and obey a 429 by waiting in its queue only.

        A refusal that changes nothing for the caller (see
        :func:`tenants.telegram.refusals.is_harmless`) returns True.
        """
        target = Target.of(bot.id, method)
        attempt = 0
        while True:
            await self._telegram.limits.turn(target)
            try:
                result = await self._call(bot, method, timeout)
            except TelegramRetryAfter as error:
                attempt += 1
                self._ended(target, "flood")
                self._telegram.limits.hold(target, error.retry_after)
                patient = attempt <= _RETRIES_OF_429 and error.retry_after <= _LONGEST_WAIT
                if not (patient and may_wait()):
                    raise
            except TelegramAPIError as error:
                self._ended(target, type(error).__name__)
                if is_harmless(method, error):
                    return cast(TelegramType, True)
                raise
            else:
                self._ended(target, "ok")
                return result

    def _ended(self, target: Target, outcome: str) -> None:
        self._telegram.metrics.sends.labels(outcome).inc()
        if self._telegram.on_call is not None:
            self._telegram.on_call(target.bot_id, outcome, int(target.weight))

    async def _call(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None,  # noqa: ASYNC109
    ) -> TelegramType:
        url = self.api.api_url(token=bot.token, method=method.__api_method__)
        seconds = self.timeout if timeout is None else timeout
        try:
            session = await self.create_session()
            async with session.post(
                url,
                data=self.build_form_data(bot=bot, method=method),
                timeout=aiohttp.ClientTimeout(total=seconds),
                allow_redirects=False,
            ) as response:
                status, body = response.status, await response.read()
        except TimeoutError:
            raise TelegramNetworkError(method=method, message="no answer in time") from None
        except aiohttp.ClientError as error:
            # The error's text may contain the URL, and the URL the token.
            raise TelegramNetworkError(method=method, message=type(error).__name__) from None
        return self._read(bot, method, status, body)

    def _read(
        self, bot: Bot, method: TelegramMethod[TelegramType], status: int, body: bytes
    ) -> TelegramType:
        try:
            return self._checked(bot, method, status, body.decode())
        except (ClientDecodeError, UnicodeError):
            mended = repair(body).decode()
        try:
            return self._checked(bot, method, status, mended)
        except ClientDecodeError:
            pass
        try:
            return cast(TelegramType, read_by_ids(bot, method, mended))
        except (ValueError, RecursionError):
            # A proxy's page, or an undecodable answer: its body is not shown.
            raise TelegramServerError(method=method, message=f"HTTP {status}, no sense") from None

    def _checked(
        self, bot: Bot, method: TelegramMethod[TelegramType], status: int, body: str
    ) -> TelegramType:
        answer = self.check_response(bot=bot, method=method, status_code=status, content=body)
        return cast(TelegramType, answer.result)

    async def stream_content(
        self,
        url: str,
        headers: dict[str, Any] | None = None,
        timeout: int = 30,  # noqa: ASYNC109
        chunk_size: int = 65536,
        raise_for_status: bool = True,
    ) -> AsyncGenerator[bytes, None]:
        """Download at most :data:`FILE_LIMIT` bytes, counted after decompression."""
        session = await self.create_session()
        taken = 0
        try:
            async with session.get(
                url,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=timeout),
                allow_redirects=False,
            ) as response:
                if raise_for_status and response.status != 200:
                    raise _not_downloaded(f"HTTP {response.status}")
                async for chunk in response.content.iter_chunked(chunk_size):
                    taken += len(chunk)
                    if taken > FILE_LIMIT:
                        raise FileTooBig(method=None, message="file too big")  # type: ignore[arg-type]
                    yield chunk
        except aiohttp.ClientError as error:
            raise _not_downloaded(type(error).__name__) from None


def _not_downloaded(why: str) -> TelegramNetworkError:
    return TelegramNetworkError(method=None, message=f"download: {why}")  # type: ignore[arg-type]
