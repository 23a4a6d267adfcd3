"""The control bot's poller. Its updates contain secrets, so they are never written to disk.

An update is acknowledged to Telegram after it was handled; after a crash it is delivered again.
Only when :data:`CROWDED` updates wait are they acknowledged earlier, so that slow handlers do
not block other users (getUpdates returns at most 100 updates).
"""

from __future__ import annotations

import asyncio
import re
from typing import Final

import msgspec
import structlog

from tenants.bot.update_header import UpdateHeader, parse_header
from tenants.domain.model import BotToken
from tenants.runner.control_bot.chat_queues import ControlLanes
from tenants.runner.ingest.backoff import Backoff
from tenants.telegram.get_updates import PollFailed, Updates

log = structlog.get_logger(__name__)

WINDOW: Final = 100
"""https://core.telegram.org/bots/api#getupdates: the most that one poll returns."""
CROWDED: Final = 50
_LOOK_AGAIN: Final = 0.3
"""Seconds between polls that return only updates still being handled."""
_ID: Final = re.compile(rb'"update_id"\s*:\s*(\d{1,18})')


class ControlPoller:
    """Polls the control bot and moves its offset."""

    def __init__(
        self,
        token: BotToken,
        updates: Updates,
        lanes: ControlLanes,
        allowed: list[str],
        poll_timeout: int,
    ) -> None:
        self._token = token
        self._updates = updates
        self._lanes = lanes
        self._allowed = allowed
        self._poll_timeout = poll_timeout
        self._offset: int | None = None
        self._open: dict[int, None] = {}
        """Received and not yet acknowledged, in Telegram's order."""

    async def run(self) -> None:
        """Poll until cancelled. No answer of Telegram ends it: without this bot the platform
        cannot be used."""
        backoff = Backoff(longest=30.0)
        while True:
            try:
                raws = await self._poll()
                fresh = self._take(raws)
            except PollFailed as failure:
                await _pause(backoff, failure.kind, failure.wait or 0.0)
            except Exception as error:
                await _pause(backoff, type(error).__name__)
            else:
                if raws and not self._open and not fresh:
                    # Nothing of it was readable, and Telegram would resend it at once.
                    await _pause(backoff, "unreadable")
                    continue
                backoff.reset()
                await self._until_there_is_room(fresh=fresh)

    async def acknowledge(self) -> None:
        """Acknowledge handled updates, at the end of a clean stop."""
        self._pass_on(crowded=False)
        if self._offset is not None:
            try:
                await self._updates.get(
                    self._token, offset=self._offset, limit=1, wait=0, allowed=self._allowed
                )
            except PollFailed as failure:
                log.info("updates not acknowledged, redelivery follows", kind=failure.kind)

    async def _poll(self) -> list[msgspec.Raw]:
        self._pass_on(crowded=len(self._open) >= CROWDED)
        # With updates still open Telegram answers at once, with those and any new ones.
        wait = 0 if self._open else self._poll_timeout
        raws = await self._updates.get(
            self._token, offset=self._offset, limit=WINDOW, wait=wait, allowed=self._allowed
        )
        if not raws:
            self._offset = None
        return raws

    def _take(self, raws: list[msgspec.Raw]) -> bool:
        """Queue new updates. False when there were none."""
        fresh = False
        for raw in raws:
            seen = _read(raw)
            if isinstance(seen, UpdateHeader):
                self._open.setdefault(seen.update_id)
                fresh = self._lanes.put(seen) is not None or fresh
            elif seen is not None:
                self._open.setdefault(seen)
                self._lanes.pass_over(seen)
        return fresh

    def _pass_on(self, *, crowded: bool) -> None:
        """Move the offset past handled updates; past waiting ones, too, when ``crowded``."""
        for update_id in list(self._open):
            released = crowded and len(self._open) > CROWDED // 2 and self._lanes.release(update_id)
            if not (self._lanes.is_handled(update_id) or released):
                return
            del self._open[update_id]
            self._offset = update_id + 1

    async def _until_there_is_room(self, *, fresh: bool) -> None:
        while self._lanes.is_full:
            await self._some_progress()
        if not fresh and self._open and len(self._open) < CROWDED:
            await self._some_progress()

    async def _some_progress(self) -> None:
        self._lanes.progress.clear()
        try:
            async with asyncio.timeout(_LOOK_AGAIN):
                await self._lanes.progress.wait()
        except TimeoutError:
            return


def _read(raw: msgspec.Raw) -> UpdateHeader | int | None:
    """An update's header, or only the id of an unreadable one, or None."""
    try:
        return parse_header(raw)
    except (msgspec.MsgspecError, ValueError) as error:
        found = _ID.search(bytes(raw))
        log.warning("unreadable control bot update", kind=type(error).__name__)
        return int(found[1]) if found else None


async def _pause(backoff: Backoff, kind: str, least: float = 0.0) -> None:
    pause = max(backoff.next(), least)
    log.warning("control bot poll failed", kind=kind, again_in=round(pause))
    await asyncio.sleep(pause)
