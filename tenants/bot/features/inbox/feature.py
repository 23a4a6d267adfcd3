"""The inbox as a plug-in: what it handles, its options, and the data it stores about people."""

from __future__ import annotations

from typing import Any, Final

from aiogram import Router
from pydantic import Field

from tenants.bot.features.api import BotCommand, Feature, Interest, Job, Options
from tenants.bot.features.inbox import (
    bans,
    block_status,
    blocked_list,
    edits,
    owner_replies,
    reactions,
    undelivered,
    unparsed,
    visitor_messages,
)
from tenants.bot.filters import (
    Commanded,
    PressedWith,
    PressOf,
    from_audience,
    from_owner,
    in_private,
    private,
)
from tenants.domain.model import ChatId, TenantId, UserId
from tenants.i18n.translator import mark as _
from tenants.store import UnitOfWork

KEY: Final = "inbox"
_HAND_OVER_EVERY: Final = 30.0


class InboxOptions(Options):
    confirm: bool = Field(
        default=True,
        title=_("Say that a message was delivered"),
        description=_("Puts 🕊 on each message that has been passed on to you."),
    )
    tell_blocked: bool = Field(
        default=True,
        title=_("Tell me who blocks the bot"),
        description=_("A silent note when somebody who wrote before blocks your bot."),
    )


def build_inbox() -> Feature:
    return Feature(
        key=KEY,
        title=_("Inbox"),
        about=_("Brings you what people write to your bot, and takes your replies to them."),
        build_router=_build_router,
        interests=(
            Interest(kind="message", matches=private),
            Interest(kind="edited_message", matches=private),
            Interest(kind="my_chat_member", matches=private),
            Interest(kind="message_reaction", matches=private),
            Interest(kind="callback_query", matches=PressOf("inbox:")),
        ),
        options=InboxOptions,
        on_by_default=True,
        order=900,
        commands=(
            BotCommand(name="ban", about=_("Block somebody (as a reply)"), for_owner=True),
            BotCommand(name="unban", about=_("Unblock somebody (as a reply)"), for_owner=True),
            BotCommand(name="blocked", about=_("People you blocked"), for_owner=True),
        ),
        on_unparsed=unparsed.take,
        on_start=undelivered.look_for_waiting,
        jobs=(Job(name="hand over", every=_HAND_OVER_EVERY, run=undelivered.go_on),),
        erase_user=_erase_person,
        export_user=_export_person,
    )


def _build_router() -> Router:
    router = Router(name=KEY)
    for observer in (
        router.message,
        router.edited_message,
        router.my_chat_member,
        router.message_reaction,
    ):
        observer.filter(in_private)
    router.message.register(bans.ban, from_owner, Commanded("ban"))
    router.message.register(bans.unban, from_owner, Commanded("unban"))
    router.message.register(blocked_list.show, from_owner, Commanded("blocked"))
    router.message.register(owner_replies.answer, from_owner)
    router.message.register(visitor_messages.take, from_audience)
    router.edited_message.register(edits.owner_edited, from_owner)
    router.edited_message.register(edits.visitor_edited, from_audience)
    router.my_chat_member.register(block_status.owner_changed, from_owner)
    router.my_chat_member.register(block_status.visitor_changed, from_audience)
    router.message_reaction.register(reactions.owner_reacted, from_owner)
    router.callback_query.register(blocked_list.lift, from_owner, PressedWith(blocked_list.UNBAN))
    router.callback_query.register(blocked_list.turn, from_owner, PressedWith(blocked_list.PAGE))
    return router


async def _erase_person(uow: UnitOfWork, tenant_id: TenantId, user_id: UserId) -> None:
    await uow.relays.delete_person(tenant_id, ChatId(user_id))


async def _export_person(uow: UnitOfWork, tenant_id: TenantId, user_id: UserId) -> dict[str, Any]:
    pairs = await uow.relays.count_of(tenant_id, ChatId(user_id))
    return {"messages linked with answers": pairs} if pairs else {}
