"""Writes a user's data export to a file and sends it."""

from __future__ import annotations

import asyncio
import io
import tempfile
import time
import zipfile
from collections.abc import AsyncGenerator
from typing import IO, Any, Final

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import BufferedInputFile, InputFile

from controlbot.bot.context import ControlBotServices
from tenants.domain.model import Actor
from tenants.i18n.translator import Translator
from tenants.i18n.translator import mark as _

log = structlog.get_logger(__name__)

LARGEST: Final = 50_000_000
"""Bytes. https://core.telegram.org/bots/api#senddocument"""
_SMALL: Final = 2_000_000
_PACKED_FROM: Final = 20_000_000
_SHOW_AFTER: Final = 3.0
_CHUNK: Final = 65_536


async def make_and_send(platform: ControlBotServices, actor: Actor, tr: Translator) -> None:
    """Write the export to an unnamed file, which is deleted even if the process is killed,
    show the progress, then send it."""
    shown = _Progress(platform.bot, actor.user_id, tr)
    with tempfile.TemporaryFile() as file:
        showing = platform.nursery.start(shown.run(), f"progress of copy {actor.user_id}")
        try:
            await platform.services.exports.write(actor, file, shown.count)
            await _send(platform, actor, tr, file)
        except Exception as error:  # Also a full disk or a locked database: always answer.
            log.warning("copy of data not sent", user_id=actor.user_id, kind=type(error).__name__)
            showing.cancel()
            await shown.say(_("⚠️ The file could not be sent. Please try again later."))
        else:
            await shown.remove()
        finally:
            showing.cancel()


async def _send(
    platform: ControlBotServices, actor: Actor, tr: Translator, file: IO[bytes]
) -> None:
    name = f"my-data-{platform.services.clock.now().date().isoformat()}.json"
    size = file.seek(0, io.SEEK_END)
    if size <= _PACKED_FROM:
        await platform.bot.send_document(actor.user_id, _document(file, size, name))
        return
    with tempfile.TemporaryFile() as packed:
        size = await asyncio.to_thread(_pack, file, name, packed)
        if size > LARGEST:
            words = _("⚠️ It is too large for Telegram. Please write to the team: /help")
            await platform.bot.send_message(actor.user_id, tr(words))
            return
        await platform.bot.send_document(actor.user_id, _document(packed, size, f"{name}.zip"))


def _document(file: IO[bytes], size: int, name: str) -> InputFile:
    file.seek(0)
    return BufferedInputFile(file.read(), name) if size <= _SMALL else OpenFile(file, name)


def _pack(file: IO[bytes], name: str, packed: IO[bytes]) -> int:
    file.seek(0)
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as inside,
    ):
        while chunk := file.read(_CHUNK):
            inside.write(chunk)
    return packed.seek(0, io.SEEK_END)


class OpenFile(InputFile):
    """A document that is streamed from an open file."""

    def __init__(self, file: IO[bytes], filename: str) -> None:
        super().__init__(filename=filename, chunk_size=_CHUNK)
        self._file = file

    async def read(self, bot: Bot) -> AsyncGenerator[bytes, None]:
        del bot
        self._file.seek(0)
        while chunk := await asyncio.to_thread(self._file.read, self.chunk_size):
            yield chunk


class _Progress:
    """A message with the number of rows so far; not sent for short exports."""

    def __init__(self, bot: Bot, user_id: int, tr: Translator) -> None:
        self._bot = bot
        self._user_id = user_id
        self._tr = tr
        self._rows = 0
        self._message_id: int | None = None

    def count(self, rows: int) -> None:
        self._rows = rows

    async def run(self) -> None:
        began = time.monotonic()
        while True:
            await asyncio.sleep(_SHOW_AFTER)
            words = _("⏳ Your copy: {rows} entries so far, {seconds} s")
            seconds = round(time.monotonic() - began)
            await self.say(words, rows=self._rows, seconds=seconds)

    async def say(self, words: str, **params: Any) -> None:
        text = self._tr(words, **params)
        try:
            if self._message_id is None:
                self._message_id = (await self._bot.send_message(self._user_id, text)).message_id
            else:
                await self._bot.edit_message_text(
                    text, chat_id=self._user_id, message_id=self._message_id
                )
        except TelegramAPIError as error:
            log.info("progress not shown", kind=type(error).__name__)

    async def remove(self) -> None:
        if self._message_id is None:
            return
        try:
            await self._bot.delete_message(self._user_id, self._message_id)
        except TelegramAPIError as error:
            log.info("progress not removed", kind=type(error).__name__)
