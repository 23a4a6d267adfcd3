"""People of the sandbox's world, driven over its control API alone (docs/sandbox.md)."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import aiohttp

from tests.support.bot_control import BotControl
from tests.support.person_in_rooms import PersonInRooms
from tests.support.person_with_bots import PersonWithBots

PATIENCE = 20.0
"""Seconds to wait for something to show; the machine may be busy."""

ChatRef = int | str


class Refused(Exception):
    """The sandbox said no, in its own words."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(f"{status} {sentence}")
        self.status = status
        self.sentence = sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    text: str
    data: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as one person sees it."""

    id: int
    text: str
    outgoing: bool
    edited: bool
    inline: tuple[Button, ...]
    reply: tuple[Button, ...]
    raw: Mapping[str, Any]

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Self:
        keyboard = raw.get("keyboard") or {}
        return cls(
            id=raw["id"],
            text=raw.get("text") or "",
            outgoing=bool(raw.get("outgoing")),
            edited=bool(raw.get("edited")),
            inline=_buttons(keyboard.get("inline")),
            reply=_buttons(keyboard.get("reply")),
            raw=raw,
        )

    @property
    def media(self) -> Mapping[str, Any] | None:
        media: Mapping[str, Any] | None = self.raw.get("media")
        return media

    def button(self, text: str) -> Button | None:
        """The first button, inline or not, whose text contains ``text``."""
        for button in (*self.inline, *self.reply):
            if text in button.text:
                return button
        return None


def _buttons(rows: list[list[dict[str, Any]]] | None) -> tuple[Button, ...]:
    return tuple(
        Button(text=cell["text"], data=cell.get("data"), url=cell.get("url"))
        for row in rows or []
        for cell in row
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBot:
    id: int
    username: str
    token: str


class ControlApi:
    """The sandbox's control API over HTTP."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=0)
        self._session = aiohttp.ClientSession(connector=connector)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._session is not None
        await self._session.close()

    async def call(self, verb: str, path: str, body: object = None, /, **query: object) -> Any:
        """Raises Refused on any answer but 2xx."""
        assert self._session is not None
        parameters = {key: str(value) for key, value in query.items() if value is not None}
        url = f"{self.url}/sandbox/{path}"
        async with self._session.request(verb, url, json=body, params=parameters) as response:
            answer = await response.json()
            if response.status >= 300:
                raise Refused(response.status, str(answer))
            return answer

    async def person(self, first_name: str, **details: object) -> Person:
        """Somebody new. ``details``: phone, username, language_code, password …"""
        raw = await self.call("POST", "accounts", {"first_name": first_name, **details})
        return Person(self, raw)

    async def everybody(self) -> dict[str, Person]:
        """The cast by first name."""
        raws = await self.call("GET", "accounts")
        return {raw["first_name"]: Person(self, raw) for raw in raws}

    async def bot(
        self, owner: Person, name: str, username: str, *, can_manage_bots: bool = False
    ) -> NewBot:
        body: dict[str, object] = {"owner": owner.id, "name": name, "username": username}
        if can_manage_bots:
            body["can_manage_bots"] = True
        raw = await self.call("POST", "bots", body)
        return NewBot(id=raw["id"], username=username, token=raw["token"])

    async def revoke(self, bot: NewBot) -> str:
        """A new token for ``bot``; the old one is dead."""
        return str((await self.call("POST", f"bots/{bot.id}/revoke"))["token"])

    def bot_control(self, bot_id: int) -> BotControl:
        """What its owner, BotFather and foreign programs do to a bot."""
        return BotControl(self.call, bot_id)

    async def settle(self, token: str, *, within: float = PATIENCE) -> None:
        """Wait until whoever polls the bot has confirmed all its updates."""
        assert self._session is not None
        deadline = time.monotonic() + within
        while True:
            async with self._session.get(f"{self.url}/bot{token}/getWebhookInfo") as response:
                pending = (await response.json())["result"]["pending_update_count"]
            if not pending:
                return
            assert time.monotonic() < deadline, f"{pending} updates are left unconfirmed"
            await asyncio.sleep(0.02)

    async def fault(self, **fields: object) -> None:
        await self.call("POST", "faults", fields)

    async def faults(self) -> list[Any]:
        """Those that stand."""
        return list(await self.call("GET", "faults"))

    async def clear_faults(self) -> None:
        await self.call("DELETE", "faults")

    async def log(self, *, bot: int | None = None, method: str | None = None) -> list[Any]:
        """The Bot API calls the sandbox has taken."""
        return list(await self.call("GET", "log", bot=bot, method=method))


def file_part(
    data: bytes, name: str, *, kind: str, mime: str | None = None, **details: object
) -> dict[str, object]:
    """A file as the control API takes it. ``details``: width, height, duration, spoiler …"""
    part = {"name": name, "data": base64.b64encode(data).decode(), "kind": kind, **details}
    return part if mime is None else part | {"mime": mime}


class Person:
    """One person with a phone in their hand."""

    def __init__(self, api: ControlApi, raw: Mapping[str, Any]) -> None:
        self.api = api
        self.id = int(raw["id"])
        self.name = str(raw["first_name"])
        self.phone = raw.get("phone")
        self.username = raw.get("username")
        self.rooms = PersonInRooms(self._call)
        """Groups and channels: members, topics, links …"""
        self.bots = PersonWithBots(self._call)
        """Business connections, inline queries, payments …"""

    def __repr__(self) -> str:
        return f"Person({self.name}, {self.id})"

    async def _call(self, verb: str, path: str, body: object = None, **query: object) -> Any:
        return await self.api.call(verb, f"accounts/{self.id}/{path}", body, **query)

    async def chats(self) -> list[dict[str, Any]]:
        """This person's chats, the latest first."""
        return list(await self._call("GET", "chats"))

    async def messages(self, chat: ChatRef, *, after: int = 0) -> list[Message]:
        """The newest hundred at most, oldest first; [] where nobody has written yet."""
        try:
            raws = await self._call("GET", f"chats/{chat}/messages", after=after or None)
        except Refused as refused:
            if refused.status == 404:
                return []
            raise
        return [Message.read(raw) for raw in raws]

    async def send(self, chat: ChatRef, text: str, **more: object) -> Message:
        raw = await self._call("POST", "send", {"chat": chat, "text": text, **more})
        return Message.read(raw)

    async def send_file(
        self, chat: ChatRef, file: Path, *, kind: str, mime: str, **more: object
    ) -> Message:
        part = file_part(file.read_bytes(), file.name, kind=kind, mime=mime)
        body = {"chat": chat, "file": part, **more}
        return Message.read(await self._call("POST", "send", body))

    async def send_part(
        self, chat: ChatRef, part: Mapping[str, object], text: str = "", **more: object
    ) -> Message:
        """Send a :func:`file_part` with a caption."""
        body = {"chat": chat, "file": part, "text": text, **more}
        return Message.read(await self._call("POST", "send", body))

    async def send_album(
        self, chat: ChatRef, items: list[dict[str, object]], **more: object
    ) -> list[Message]:
        """Send files as one album. ``items``: ``{"file": file_part(…), "text": caption}``."""
        raws = await self._call("POST", "send-album", {"chat": chat, "items": items, **more})
        return [Message.read(raw) for raw in raws]

    async def send_special(self, chat: ChatRef, kind: str, value: object = None) -> Message:
        """A story, paid_media, giveaway, giveaway_winners, checklist, invoice, game …"""
        special = {"kind": kind} if value is None else {"kind": kind, "value": value}
        return Message.read(await self._call("POST", "send", {"chat": chat, "special": special}))

    async def say_service(self, chat: ChatRef, kind: str, value: object = None) -> Message:
        """A service line: message_auto_delete_timer_changed, video_chat_started, gift …"""
        body: dict[str, object] = {"chat": chat, "kind": kind}
        if value is not None:
            body["value"] = value
        return Message.read(await self._call("POST", "service", body))

    async def send_poll(
        self, chat: ChatRef, question: str, *options: str, **more: object
    ) -> Message:
        """``more``: quiz, correct (option numbers), anonymous, multiple."""
        poll = {"question": question, "options": list(options), **more}
        return Message.read(await self._call("POST", "send", {"chat": chat, "poll": poll}))

    async def quote(
        self, chat: ChatRef, message_id: int, quote: str, text: str, **more: object
    ) -> Message:
        """Answer words of a message; ``reply_chat`` names another chat's message."""
        return await self.send(chat, text, reply_to=message_id, quote=quote, **more)

    async def send_forwarded(
        self, chat: ChatRef, text: str, origin: Mapping[str, object], **more: object
    ) -> Message:
        """A message that names another origin: ``{"hidden_name": …}``, ``{"user": id}`` …"""
        return await self.send(chat, text, origin=origin, **more)

    async def send_location(self, chat: ChatRef, *, latitude: float, longitude: float) -> None:
        place = {"latitude": latitude, "longitude": longitude}
        await self._call("POST", "send", {"chat": chat, "location": place})

    async def edit(self, chat: ChatRef, message_id: int, text: str) -> Message:
        path = f"chats/{chat}/messages/{message_id}"
        return Message.read(await self._call("PATCH", path, {"text": text}))

    async def edit_media(
        self, chat: ChatRef, message_id: int, part: Mapping[str, object], text: str | None = None
    ) -> Message:
        """Replace a message's file, and its caption where ``text`` is given."""
        body: dict[str, object] = {"file": part}
        if text is not None:
            body["text"] = text
        path = f"chats/{chat}/messages/{message_id}"
        return Message.read(await self._call("PATCH", path, body))

    async def delete(self, chat: ChatRef, message_id: int) -> None:
        await self._call("DELETE", f"chats/{chat}/messages/{message_id}")

    async def clear_chat(self, chat: ChatRef, *, both: bool = False) -> None:
        """Delete the chat on this side, or on both."""
        await self._call("DELETE", f"chats/{chat}", both="1" if both else None)

    async def pin(self, chat: ChatRef, message_id: int) -> None:
        await self._call("POST", f"chats/{chat}/messages/{message_id}/pin", {})

    async def unpin(self, chat: ChatRef, message_id: int) -> None:
        await self._call("POST", f"chats/{chat}/messages/{message_id}/unpin", {})

    async def react(self, chat: ChatRef, message_id: int, emoji: str | None) -> None:
        body = {} if emoji is None else {"emoji": emoji}
        await self._call("POST", f"chats/{chat}/messages/{message_id}/react", body)

    async def change(self, **fields: object) -> None:
        """``first_name``, ``last_name``, ``username``, ``hides_forwards``, ``premium`` …"""
        await self.api.call("PATCH", f"accounts/{self.id}", fields)

    async def deactivate(self) -> None:
        """Delete this person's account."""
        await self._call("POST", "deactivate", {})

    async def forward(self, chat: ChatRef, source: ChatRef, message_id: int) -> None:
        body = {"chat": chat, "from_chat": source, "message_ids": [message_id]}
        await self._call("POST", "forward", body)

    async def block(self, chat: ChatRef) -> None:
        await self._call("POST", "block", {"chat": chat})

    async def unblock(self, chat: ChatRef) -> None:
        await self._call("POST", "unblock", {"chat": chat})

    async def press(self, chat: ChatRef, text: str) -> dict[str, Any]:
        """Press the button with ``text`` on the newest message that has it, once it is there."""
        message = await self.find_button(chat, text)
        return await self.press_on(chat, message, text)

    async def press_on(self, chat: ChatRef, message: Message, text: str) -> dict[str, Any]:
        """Press a button of a certain message, however old."""
        button = message.button(text)
        assert button is not None, f"no button {text!r} on {message}"
        body = {"chat": chat, "message_id": message.id, "text": button.text}
        return dict(await self._call("POST", "press", body))

    async def press_data(self, chat: ChatRef, message_id: int, data: str) -> dict[str, Any]:
        """What a forged client can do: send any callback data."""
        body = {"chat": chat, "message_id": message_id, "data": data}
        return dict(await self._call("POST", "press", body))

    async def create_managed_bot(
        self, chat: ChatRef, name: str, username: str, request_id: int | None = None
    ) -> dict[str, Any]:
        body: dict[str, object] = {"chat": chat, "name": name, "username": username}
        if request_id is not None:
            body["request_id"] = request_id
        return dict(await self._call("POST", "create-managed-bot", body))

    async def login_code(self) -> str | None:
        code: str | None = (await self._call("GET", "login-code"))["code"]
        return code

    async def scan(self, url: str) -> Any:
        return await self._call("POST", "scan", {"url": url})

    async def sessions(self) -> list[dict[str, Any]]:
        return list(await self._call("GET", "sessions"))

    async def end_session(self, session_hash: object) -> None:
        await self._call("DELETE", f"sessions/{session_hash}")

    # --- Waiting ---------------------------------------------------------------------------

    async def see(
        self, chat: ChatRef, *texts: str, after: int = 0, within: float = PATIENCE
    ) -> Message:
        """Wait for a message of the other side that contains all ``texts``; the newest one."""
        return await self.wait_for(
            chat,
            lambda message: all(text in message.text for text in texts),
            f"a message with {' and '.join(map(repr, texts))}",
            after=after,
            within=within,
        )

    async def find_button(self, chat: ChatRef, text: str, *, within: float = PATIENCE) -> Message:
        return await self.wait_for(
            chat,
            lambda message: message.button(text) is not None,
            f"a button {text!r}",
            within=within,
        )

    async def wait_for(
        self,
        chat: ChatRef,
        wanted: Callable[[Message], bool],
        what: str,
        *,
        after: int = 0,
        within: float = PATIENCE,
    ) -> Message:
        """Wait until a message of the other side satisfies ``wanted``; edits count.

        Raises:
            AssertionError: it did not happen in time; says what is in the chat instead.
        """
        deadline = time.monotonic() + within
        while True:
            seen = await self.messages(chat, after=after)
            for message in reversed(seen):
                if not message.outgoing and wanted(message):
                    return message
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.name} waits for {what} in {chat}; {_tail(seen)}")
            await asyncio.sleep(0.05)

    async def gone(self, chat: ChatRef, message: Message, *, within: float = PATIENCE) -> None:
        """Wait until ``message`` has been deleted."""
        deadline = time.monotonic() + within
        while any(seen.id == message.id for seen in await self.messages(chat)):
            assert time.monotonic() < deadline, f"{message.text!r} is still in {chat}"
            await asyncio.sleep(0.05)


def _tail(messages: list[Message]) -> str:
    lines = [
        f"  [{message.id}] {'→' if message.outgoing else '←'} {message.text!r}"
        f" {[button.text for button in (*message.inline, *message.reply)]}"
        for message in messages[-6:]
    ]
    return "the chat ends:\n" + "\n".join(lines)
