"""Invite links and join requests. https://core.telegram.org/bots/api#createchatinvitelink"""

from __future__ import annotations

from typing import Any

from sandbox.botapi.methods.chats import room_of
from sandbox.botapi.request import Call, method
from sandbox.botapi.serializers.invites import invite_link
from sandbox.world import Channel, Group
from sandbox.world.invite_models import InviteLink

Json = dict[str, Any]


@method("createChatInviteLink", "createChatSubscriptionInviteLink")
def create_invite_link(call: Call) -> Json:
    room = room_of(call)
    return _shown(call, room, call.world.invites.create(call.bot.id, room, _given(call)))


@method("editChatInviteLink", "editChatSubscriptionInviteLink")
def edit_invite_link(call: Call) -> Json:
    room = room_of(call)
    url = call.params.text("invite_link")
    return _shown(call, room, call.world.invites.edit(call.bot.id, room, url, _given(call)))


@method("revokeChatInviteLink")
def revoke_invite_link(call: Call) -> Json:
    room = room_of(call)
    link = call.world.invites.revoke(call.bot.id, room, call.params.text("invite_link"))
    return _shown(call, room, link)


@method("exportChatInviteLink")
def export_invite_link(call: Call) -> str:
    """Generates a new primary link. https://core.telegram.org/bots/api#exportchatinvitelink"""
    return call.world.invites.replace_primary(call.bot.id, room_of(call)).url


@method("approveChatJoinRequest")
def approve_join_request(call: Call) -> bool:
    call.world.invites.settle(call.bot.id, room_of(call), call.user_id(), let_in=True)
    return True


@method("declineChatJoinRequest")
def decline_join_request(call: Call) -> bool:
    call.world.invites.settle(call.bot.id, room_of(call), call.user_id(), let_in=False)
    return True


def _given(call: Call) -> InviteLink:
    params = call.params
    return InviteLink(
        hash="",
        creator_id=call.bot.id,
        name=params.text("name"),
        expires=params.number("expire_date"),
        limit=params.number("member_limit"),
        by_request=params.flag("creates_join_request"),
        period=params.number("subscription_period"),
        price=params.number("subscription_price"),
    )


def _shown(call: Call, room: Group | Channel, link: InviteLink) -> Json:
    return invite_link(call.world, link, call.world.invites.pending(room, link))
