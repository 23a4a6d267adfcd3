"""Webhooks: updates posted to a bot's own server, in order for each chat.

Telegram sends again after any answer but 2xx: immediately the first time, then after 2, 4, 8 …
up to 60 to 120 seconds, or when ``Retry-After`` says so.
https://core.telegram.org/bots/api#setwebhook
https://github.com/tdlib/telegram-bot-api (``WebhookActor``)
"""

from __future__ import annotations

import asyncio
import ipaddress
import random
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec

from sandbox.background_tasks import Tasks
from sandbox.botapi.update_queue import Mailbox, Update, Webhook

ANSWER_SECONDS = 60.0
LONGEST_PAUSE = 60.0
LONGEST_RETRY_AFTER = 3600.0
OFF_MACHINE = "Failed to resolve host: the sandbox delivers to this machine only"
NOT_AS_ANSWER = ("deletewebhook", "setwebhook", "close", "logout")

Answer = Callable[[dict[str, Any]], Awaitable[None]]
"""Makes the call of a webhook's response."""
Alter = Callable[[bytes], bytes]
"""An update's JSON as it is sent; faults change it here."""


class WebhookSender:
    """Delivers one bot's updates while its webhook is set.

    Args:
        answer: calls the method a response names.
        changed: called when an update was removed.
        alter: changes an update's JSON before it is sent.
        pace: pauses are multiplied by it.
    """

    def __init__(
        self,
        box: Mailbox,
        session: aiohttp.ClientSession,
        *,
        answer: Answer,
        alter: Alter,
        changed: Callable[[], None],
        pace: float,
    ) -> None:
        assert box.webhook is not None
        self._box = box
        self._webhook: Webhook = box.webhook
        self._session = session
        self._answer = answer
        self._alter = alter
        self._changed = changed
        self._pace = pace
        self._tasks = Tasks()
        self._timers: set[asyncio.TimerHandle] = set()
        self._lanes: dict[int, deque[Update]] = {}
        self._ready: deque[int] = deque()
        self._active = 0
        self._fails: dict[int, tuple[int, float]] = {}
        """By chat: how often its first update failed, and the last pause."""

    def start(self) -> None:
        for update in self._box.pending:
            self._line_up(update)
        self._box.on_new = self._on_new
        self._pump()

    async def stop(self) -> None:
        self._box.on_new = None
        for timer in self._timers:
            timer.cancel()
        await self._tasks.close()

    def _on_new(self) -> None:
        self._line_up(self._box.pending[-1])
        self._pump()

    def _line_up(self, update: Update) -> None:
        lane = self._lanes.get(update.chat)
        if lane is None:
            lane = self._lanes[update.chat] = deque()
            self._ready.append(update.chat)
        lane.append(update)

    def _pump(self) -> None:
        while self._ready and self._active < self._webhook.max_connections:
            self._active += 1
            self._tasks.start(self._drive(self._ready.popleft()), "webhook")

    async def _drive(self, chat: int) -> None:
        """Deliver a chat's updates one after another, until one fails or none is left."""
        lane = self._lanes[chat]
        try:
            while lane:
                error, retry_after = await self._deliver(lane[0])
                if error:
                    self._failed(chat, lane[0], error, retry_after)
                    return
                self._fails.pop(chat, None)
                self._done(lane.popleft())
            del self._lanes[chat]
        finally:
            self._active -= 1
            self._pump()

    def _done(self, update: Update) -> None:
        if update in self._box.pending:
            self._box.pending.remove(update)
        self._changed()

    def _failed(self, chat: int, update: Update, error: str, retry_after: float) -> None:
        self._webhook.last_error = error
        self._webhook.last_error_date = self._box.time()
        count, pause = self._fails.get(chat, (0, 1.0))
        wait = retry_after
        if not retry_after and count:
            pause = min(random.uniform(LONGEST_PAUSE, 2 * LONGEST_PAUSE), pause * 2)  # noqa: S311
            wait = pause
        self._fails[chat] = (count + 1, pause)
        if self._box.time() + wait > update.expires:
            self._done(self._lanes[chat].popleft())
        self._later(wait * self._pace, chat)

    def _later(self, seconds: float, chat: int) -> None:
        def again() -> None:
            self._timers.discard(timer)
            self._ready.append(chat)
            self._pump()

        timer = asyncio.get_running_loop().call_later(seconds, again)
        self._timers.add(timer)

    async def _deliver(self, update: Update) -> tuple[str, float]:
        """Post one update: (error or an empty text, seconds of ``Retry-After``)."""
        if not on_this_machine(self._webhook.url):
            return OFF_MACHINE, 0.0
        headers = {"Content-Type": "application/json"}
        if self._webhook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self._webhook.secret
        try:
            async with self._session.post(
                self._webhook.url,
                data=self._alter(update.body.encode()),
                headers=headers,
                allow_redirects=False,
                ssl=False,
                timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS),
            ) as response:
                body = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return _words(error), 0.0
        if not 200 <= response.status <= 299:
            words = f"Wrong response from the webhook: {response.status} {response.reason}"
            return words, _seconds(response.headers.get("Retry-After", ""))
        await self._answer_in(body)
        return "", 0.0

    async def _answer_in(self, body: bytes) -> None:
        """Call the method a response names, if it is allowed there."""
        try:
            call = msgspec.json.decode(body) if body else None
        except msgspec.DecodeError:
            return
        if not isinstance(call, dict):
            return
        method = str(call.get("method", "")).lower()
        if method and method not in NOT_AS_ANSWER and not method.startswith("get"):
            await self._answer(call)


def _words(error: Exception) -> str:
    """``last_error_message`` for a connection that failed."""
    if isinstance(error, TimeoutError):
        return "Read timeout expired"
    if isinstance(error, aiohttp.ClientConnectorSSLError | aiohttp.ClientSSLError):
        return "SSL error {error:1416F086:SSL routines:certificate verify failed}"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "Connection refused"
    return "Webhook connection closed"


def on_this_machine(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _seconds(text: str) -> float:
    return min(float(text), LONGEST_RETRY_AFTER) if text.isdigit() else 0.0
