"""Stores the people a tenant's bot has seen, and formats their names."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Final

from aiogram.types import User

from tenants.bot.effects import Effects
from tenants.bot.formatted_text import FormattedText
from tenants.domain.model import TenantId, UserId
from tenants.i18n.translator import Markup, Translator, name
from tenants.store import UnitOfWork
from tenants.store.audience import Visitor

_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols that are invisible: Hangul fillers and the blank Braille pattern."""


def see(
    effects: Effects, tenant_id: TenantId, person: User, now: datetime, *, messages: int = 0
) -> None:
    """Store a member of the audience, with the update's other effects."""

    async def store(uow: UnitOfWork) -> None:
        await uow.audience.see(
            tenant_id,
            UserId(person.id),
            now,
            name=name(person.full_name),
            username=person.username or "",
            language_code=person.language_code or "",
            messages=messages,
        )

    effects.add(store)


def label(tr: Translator, full_name: str, user_id: int) -> str:
    """A person's name for use in a text; "User 123" if the name is invisible."""
    shown_name = name(full_name)
    return shown_name if is_visible(shown_name) else tr("User {id}", id=str(user_id))


def is_visible(text: str) -> bool:
    """Whether a text has any visible character: a letter, number, sign or picture."""
    return any(c not in _BLANK and unicodedata.category(c)[0] in "LNPS" for c in text)


def shown(tr: Translator, full_name: str, username: str | None, user_id: int) -> Markup:
    """ "**Anna** · @anna", with the name as a link to the person."""
    who = label(tr, full_name, user_id)
    link = tr('<a href="tg://user?id={id}"><b>{who}</b></a>', who=who, id=str(user_id))
    return tr("{who} · @{username}", who=link, username=username) if username else link


def shown_person(tr: Translator, person: User) -> FormattedText:
    return FormattedText.from_markup(shown(tr, person.full_name, person.username, person.id))


def shown_visitor(tr: Translator, visitor: Visitor | None, user_id: int) -> Markup:
    """As last seen; by the id if nothing else is stored."""
    if visitor is None:
        return shown(tr, "", None, user_id)
    return shown(tr, visitor.name, visitor.username, user_id)
