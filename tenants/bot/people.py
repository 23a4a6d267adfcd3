"""Remembering who was seen by a tenant's bot, and how a person is shown."""

from __future__ import annotations

from datetime import datetime

from aiogram.types import User

from tenants.bot.effects import Effects
from tenants.i18n import Markup, Translator, name
from tenants.model import TenantId, UserId
from tenants.store import UnitOfWork


def see(
    effects: Effects, tenant_id: TenantId, person: User, now: datetime, *, messages: int = 0
) -> None:
    """Store somebody of the audience, with the update's other effects."""

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


def shown(tr: Translator, full_name: str, username: str | None, user_id: int) -> Markup:
    """ "**Anna** · @anna", the name being a link to the person."""
    who = name(full_name) or name(str(user_id))
    link = tr('<a href="tg://user?id={id}"><b>{who}</b></a>', who=who, id=str(user_id))
    return tr("{who} · @{username}", who=link, username=username) if username else link
