"""Gifts. https://core.telegram.org/bots/api#getavailablegifts"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.botapi.formatting import formatted
from sandbox.botapi.methods.chats import room_of
from sandbox.botapi.request import Call, method
from sandbox.world import Channel
from sandbox.world.errors import bad_request
from sandbox.world.payment_models import GIFTS, OwnedGift

Json = dict[str, Any]


@method("getAvailableGifts")
def get_available_gifts(call: Call) -> Json:
    gifts = call.world.gifts
    return {"gifts": call.resolved([gifts.shape(kind) for kind in GIFTS])}


@method("sendGift")
def send_gift(call: Call) -> bool:
    """https://core.telegram.org/bots/api#sendgift"""
    text, entities = _text(call)
    owner_id = room_of(call).id if call.params.has("chat_id") else call.user_id()
    call.world.gifts.send(call.bot.id, owner_id, call.params.text("gift_id"), text, entities)
    return True


@method("giftPremiumSubscription")
def gift_premium_subscription(call: Call) -> bool:
    user_id = call.user_id()
    _text(call)
    months, stars = call.params.number("month_count"), call.params.number("star_count")
    call.world.gifts.give_premium(call.bot.id, user_id, months, stars)
    return True


def _text(call: Call) -> tuple[str, Any]:
    return formatted(
        call.params.text("text"),
        call.params.text("text_parse_mode"),
        call.params.array("text_entities", "MessageEntity"),
    )


@method("getUserGifts")
def get_user_gifts(call: Call) -> Json:
    return shown_gifts(call, call.world.gifts.owned(call.user_id()))


@method("getChatGifts")
def get_chat_gifts(call: Call) -> Json:
    """Of a channel, or of a person by their private chat."""
    chat = call.chat()
    room = call.world.room_of(chat)
    if room is None:
        return shown_gifts(call, call.world.gifts.owned(chat.id_for(call.bot.id)))
    if not isinstance(room, Channel):
        raise bad_request("CHANNEL_INVALID")
    if not room.member(call.bot.id).may("can_post_messages"):
        raise bad_request("CHAT_ADMIN_REQUIRED")
    return shown_gifts(call, call.world.gifts.owned(room.id))


def shown_gifts(call: Call, gifts: Iterable[OwnedGift]) -> Json:
    """One page of those the filters leave. https://core.telegram.org/bots/api#ownedgifts"""
    params = call.params
    kept = [gift for gift in gifts if not _excluded(call, gift)]
    if params.flag("sort_by_price"):
        kept.sort(key=lambda gift: -call.world.gifts.kind(gift.gift_id).stars)
    offset = int(params.text("offset")) if params.text("offset").isdecimal() else 0
    limit = min(max(params.number("limit", 100), 1), 100)
    page = kept[offset : offset + limit]
    shown: Json = {
        "total_count": len(kept),
        "gifts": call.resolved([call.world.gifts.owned_shape(gift) for gift in page]),
    }
    if offset + limit < len(kept):
        shown["next_offset"] = str(offset + limit)
    return shown


def _excluded(call: Call, gift: OwnedGift) -> bool:
    kind = call.world.gifts.kind(gift.gift_id)
    upgradable = bool(kind.upgrade_stars)
    is_kind = {
        "exclude_unsaved": not gift.saved,
        "exclude_saved": gift.saved,
        "exclude_unlimited": not kind.total and gift.unique is None,
        "exclude_limited_upgradable": bool(kind.total) and upgradable and gift.unique is None,
        "exclude_limited_non_upgradable": bool(kind.total) and not upgradable,
        "exclude_unique": gift.unique is not None,
    }
    return any(call.params.flag(name) and matches for name, matches in is_kind.items())
