"""Lists of buttons. A button's key is callback data, which anybody can forge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from aiogram.types import CallbackQuery
from aiogram_dialog import DialogManager, DialogProtocol
from aiogram_dialog.widgets.kbd import Group, Select

from controlbot.bot.context import context_of
from controlbot.widgets.text import Item
from tenants.domain.errors import AccessDenied
from tenants.security.authorization import Permission

T = TypeVar("T")
HIGHEST: Final = 2**52
"""Telegram's ids have 52 bits at most. https://core.telegram.org/bots/api#user"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One button of a list."""

    key: str
    label: str


def number(key: str) -> int:
    """Parse a platform or Telegram id. Raises ValueError for anything else."""
    if not (key.isascii() and key.isdigit() and len(key) < 17 and 0 < int(key) < HIGHEST):
        raise ValueError("no id")
    return int(key)


def one_of(known: Any) -> Callable[[str], str]:
    """A parser of keys that raises ValueError for those not in ``known``."""

    def read(key: str) -> str:
        if key not in known:
            raise ValueError("unknown key")
        return key

    return read


def choices(
    items: str,
    clicked: Any,
    *,
    width: int = 1,
    read: Callable[[str], Any] = str,
    id: str = "",  # noqa: A002
) -> Group:
    """A button for each :class:`Line` in the window's data under ``items``.

    Args:
        clicked: called with the query, the list, the dialog manager and what ``read`` returns.
        read: parses a key; its ValueError means that the key is forged.
        id: the list's name in callback data; default ``items``.
    """
    select: _Choices[Any] = _Choices(
        Item("label"),
        id=id or items,
        item_id_getter=lambda item: item.key,
        items=items,
        type_factory=read,
        on_click=clicked,
    )
    return Group(select, width=width)


class _Choices(Select[T]):
    async def _process_item_callback(
        self, callback: CallbackQuery, data: str, dialog: DialogProtocol, manager: DialogManager
    ) -> bool:
        """Raises AccessDenied, which is audited, for a key that no list has."""
        try:
            self.type_factory(data)
        except ValueError:
            scene = context_of(manager)
            await scene.services.access.deny(scene.real, Permission.VIEW)
            raise AccessDenied() from None
        return await super()._process_item_callback(callback, data, dialog, manager)
