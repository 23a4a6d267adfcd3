"""A glance at a raw update: enough to decide what becomes of it, before pydantic builds it.

A glance costs 1–2 µs where aiogram's Update costs 56 µs.
https://core.telegram.org/bots/api#update
"""

from __future__ import annotations

from typing import Final

import msgspec

from tenants.bot.typed_command import typed_command


class _Ref(msgspec.Struct):
    """A chat or a person."""

    id: int
    type: str = ""
    language_code: str = ""


class _Inner(msgspec.Struct):
    chat: _Ref | None = None


class _Body(msgspec.Struct):
    """The fields that any kind of update may have and that a decision may rest on."""

    chat: _Ref | None = None
    sender: _Ref | None = msgspec.field(default=None, name="from")
    user: _Ref | None = None
    text: str | None = None
    data: str | None = None
    message: _Inner | None = None
    media_group_id: str | None = None


_fields: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_body: Final = msgspec.json.Decoder(_Body)
_number: Final = msgspec.json.Decoder(int)


class Peek:
    """What was seen, and the raw update it was seen in."""

    __slots__ = (
        "album",
        "chat_id",
        "chat_type",
        "data",
        "kind",
        "language_code",
        "raw",
        "text",
        "update_id",
        "user_id",
    )

    def __init__(self, update_id: int, kind: str, body: _Body, raw: bytes) -> None:
        self.update_id = update_id
        self.kind = kind
        self.raw = raw
        chat = body.chat or (body.message.chat if body.message else None)
        user = body.sender or body.user
        self.chat_id = chat.id if chat else 0
        self.chat_type = chat.type if chat else ""
        self.user_id = user.id if user else 0
        self.language_code = user.language_code if user else ""
        self.text = body.text
        self.data = body.data
        self.album = body.media_group_id

    @property
    def chat_key(self) -> int:
        """What is handled in order: a chat, else a person, else everything else."""
        return self.chat_id or self.user_id

    @property
    def private(self) -> bool:
        return self.chat_type == "private"

    @property
    def command(self) -> str:
        """``start`` for "/start", "/START payload" and "/start@thebot"; else empty."""
        command = typed_command(self.text)
        return command.name if command is not None else ""


_EMPTY: Final = _Body()


def peek(raw: bytes | msgspec.Raw) -> Peek:
    """Look at one update as Telegram sent it.

    A kind of update whose fields have another shape than today's is seen as its kind alone.

    Raises:
        msgspec.DecodeError: not a JSON object, or without a numeric ``update_id``.
    """
    fields = _fields.decode(raw)
    number = fields.pop("update_id", None)
    if number is None:
        raise msgspec.ValidationError("an update without an id")
    update_id = _number.decode(number)
    for kind, value in fields.items():
        return Peek(update_id, kind, _read(value), bytes(raw))
    return Peek(update_id, "", _EMPTY, bytes(raw))


def _read(value: msgspec.Raw) -> _Body:
    try:
        return _body.decode(value)
    except msgspec.ValidationError:
        return _EMPTY
