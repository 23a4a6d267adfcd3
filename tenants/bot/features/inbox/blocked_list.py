"""/blocked: lists banned visitors, with buttons to unban them."""

from __future__ import annotations

from typing import Final

from aiogram.types import (
    CallbackQuery,
    InaccessibleMessage,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
)

from tenants.bot.audience import label
from tenants.bot.context import FeatureServices, TenantContext
from tenants.bot.effects import Effects
from tenants.bot.features.inbox.bans import set_banned
from tenants.bot.formatted_text import FormattedText
from tenants.domain.model import UserId
from tenants.i18n.translator import Markup, Translator, name
from tenants.store.audience import Visitor

UNBAN: Final = "inbox:unban:"
PAGE: Final = "inbox:blocked:"
_PAGE_SIZE: Final = 8


async def show(
    message: Message, tenant: TenantContext, house: FeatureServices, tr: Translator
) -> None:
    text, keyboard = await _page(tenant, house, tr, 0)
    await message.answer(text, reply_markup=keyboard)


async def turn(
    callback: CallbackQuery,
    number: int,
    tenant: TenantContext,
    house: FeatureServices,
    tr: Translator,
) -> None:
    await callback.answer()
    await _redraw(callback, *await _page(tenant, house, tr, number))


async def lift(
    callback: CallbackQuery,
    number: int,
    *,
    tenant: TenantContext,
    house: FeatureServices,
    effects: Effects,
    tr: Translator,
) -> None:
    """Unban the visitor of this button, and update the list."""
    user_id = UserId(number)
    async with house.db.read() as uow:
        visitor = await uow.audience.get(tenant.id, user_id)
    set_banned(effects, tenant, user_id, banned=False)
    who = _who(tr, visitor) if visitor is not None else str(number)
    await callback.answer(_plain(tr("{who} is not blocked any more.", who=name(who))))
    await _redraw(callback, *await _page(tenant, house, tr, 0, without=user_id))


async def _page(
    tenant: TenantContext,
    house: FeatureServices,
    tr: Translator,
    offset: int,
    *,
    without: UserId | None = None,
) -> tuple[Markup, InlineKeyboardMarkup]:
    async with house.db.read() as uow:
        banned = await uow.audience.banned(tenant.id, offset, _PAGE_SIZE + 2)
    banned = [visitor for visitor in banned if visitor.user_id != without]
    rows = [
        [
            InlineKeyboardButton(
                text=_plain(tr("Unblock {who}", who=name(_who(tr, visitor)))),
                callback_data=f"{UNBAN}{visitor.user_id}",
            )
        ]
        for visitor in banned[:_PAGE_SIZE]
    ]
    steps = []
    if offset:
        steps.append(("◀️", max(0, offset - _PAGE_SIZE)))
    if len(banned) > _PAGE_SIZE:
        steps.append(("▶️", offset + _PAGE_SIZE))
    rows.append([_step(sign, to) for sign, to in steps])
    keyboard = InlineKeyboardMarkup(inline_keyboard=[row for row in rows if row])
    if not banned:
        return tr("Nobody is blocked. To block somebody, reply /ban to their message."), keyboard
    return tr("People you blocked. Their messages do not reach you."), keyboard


def _who(tr: Translator, visitor: Visitor) -> str:
    shown = label(tr, visitor.name, visitor.user_id)
    return f"{shown} @{visitor.username}" if visitor.username else shown


def _plain(text: Markup) -> str:
    """Plain text: buttons and alerts do not use HTML."""
    return FormattedText.from_markup(text).text


def _step(sign: str, to: int) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=sign, callback_data=f"{PAGE}{to}")


async def _redraw(callback: CallbackQuery, text: Markup, keyboard: InlineKeyboardMarkup) -> None:
    if callback.message is not None and not isinstance(callback.message, InaccessibleMessage):
        await callback.message.edit_text(text, reply_markup=keyboard)
