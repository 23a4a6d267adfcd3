"""What a bot gets that has no right, connection, query, game or Stars for a method.

The words are those of the real server, as public test suites of other libraries see them
against it, and of its source (https://github.com/tdlib/telegram-bot-api, Client.cpp).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aiogram.methods
from aiogram import types as t

from tests.integration.sandbox_botapi import method_stage as m
from tests.integration.sandbox_botapi.bot_stage import BotStage

NO_CONNECTION = "Bad Request: business connection not found"
TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"
NO_VERIFIER = "Bad Request: BOT_VERIFIER_FORBIDDEN"
NO_STARS = "Bad Request: BALANCE_TOO_LOW"
NO_GROUP = "Bad Request: method is available for supergroup and channel chats only"
BY = {"business_connection_id": "none"}

Arguments = Callable[[BotStage], dict[str, Any]]


def _business(**more: Any) -> tuple[str, Arguments]:
    return NO_CONNECTION, lambda _: {**BY, **more}


def _query(name: str, **more: Any) -> tuple[str, Arguments]:
    return TOO_OLD, lambda _: {name: "1", **more}


_CASES: dict[str, tuple[str, Arguments]] = {
    "answerCallbackQuery": _query("callback_query_id"),
    "answerInlineQuery": _query("inline_query_id", results=[m.article()]),
    "answerWebAppQuery": _query("web_app_query_id", result=m.article()),
    "answerGuestQuery": _query("guest_query_id", result=m.article()),
    "answerShippingQuery": _query("shipping_query_id", ok=False, error_message="no"),
    "answerPreCheckoutQuery": _query("pre_checkout_query_id", ok=True),
    "answerChatJoinRequestQuery": _query("chat_join_request_query_id", result="queue"),
    "sendChatJoinRequestWebApp": _query(
        "chat_join_request_query_id", web_app_url="https://example.org"
    ),
    "verifyUser": (NO_VERIFIER, lambda s: {"user_id": s.person.id}),
    "removeUserVerification": (NO_VERIFIER, lambda s: {"user_id": s.person.id}),
    "verifyChat": (NO_VERIFIER, lambda s: {"chat_id": s.person.id}),
    "removeChatVerification": (NO_VERIFIER, lambda s: {"chat_id": s.person.id}),
    "setUserEmojiStatus": (
        "Bad Request: USER_PERMISSION_DENIED",
        lambda s: {"user_id": s.person.id, "emoji_status_custom_emoji_id": "1"},
    ),
    "sendGame": (
        "Bad Request: wrong game short name specified",
        lambda s: {"chat_id": s.person.id, "game_short_name": "none"},
    ),
    "sendGift": (
        NO_STARS,
        lambda s: {"user_id": s.person.id, "gift_id": "5170145012310081615"},
    ),
    "giftPremiumSubscription": (
        NO_STARS,
        lambda s: {"user_id": s.person.id, "month_count": 6, "star_count": 1500},
    ),
    "refundStarPayment": (
        "Bad Request: CHARGE_ID_EMPTY",
        lambda s: {"user_id": s.person.id, "telegram_payment_charge_id": "none"},
    ),
    "editUserStarSubscription": (
        "Bad Request: CHARGE_ID_INVALID",
        lambda s: {
            "user_id": s.person.id,
            "telegram_payment_charge_id": "none",
            "is_canceled": True,
        },
    ),
    "approveChatJoinRequest": (
        "Bad Request: HIDE_REQUESTER_MISSING",
        lambda s: {"chat_id": _own_group(s), "user_id": _outsider(s)},
    ),
    "declineChatJoinRequest": (
        "Bad Request: HIDE_REQUESTER_MISSING",
        lambda s: {"chat_id": _own_group(s), "user_id": _outsider(s)},
    ),
    "approveSuggestedPost": (
        "Bad Request: suggested post not found",
        lambda s: {"chat_id": s.person.id, "message_id": 999},
    ),
    "declineSuggestedPost": (
        "Bad Request: suggested post not found",
        lambda s: {"chat_id": s.person.id, "message_id": 999},
    ),
    "getManagedBotToken": (
        "Bad Request: managed bot not found",
        lambda s: {"user_id": s.bot.id},
    ),
    "getBusinessConnection": _business(),
    "readBusinessMessage": _business(chat_id=1, message_id=1),
    "deleteBusinessMessages": _business(message_ids=[1]),
    "setBusinessAccountName": _business(first_name="A"),
    "setBusinessAccountUsername": _business(username="abcde"),
    "setBusinessAccountBio": _business(bio="A"),
    "setBusinessAccountProfilePhoto": _business(photo=m.profile_photo()),
    "removeBusinessAccountProfilePhoto": _business(),
    "setBusinessAccountGiftSettings": _business(
        show_gift_button=True, accepted_gift_types=m.GIFT_TYPES
    ),
    "getBusinessAccountStarBalance": _business(),
    "transferBusinessAccountStars": _business(star_count=5),
    "getBusinessAccountGifts": _business(),
    "convertGiftToStars": _business(owned_gift_id="1"),
    "upgradeGift": _business(owned_gift_id="1"),
    "transferGift": _business(owned_gift_id="1", new_owner_chat_id=1),
    "postStory": _business(content=m.story_photo(), active_period=86_400),
    "repostStory": _business(from_chat_id=1, from_story_id=1, active_period=86_400),
    "editStory": _business(content=m.story_photo(), story_id=1),
    "deleteStory": _business(story_id=1),
    "sendChecklist": _business(chat_id=1, checklist=m.checklist()),
    "editMessageChecklist": _business(chat_id=1, message_id=1, checklist=m.checklist()),
    "getStickerSet": ("Bad Request: STICKERSET_INVALID", lambda _: {"name": "none"}),
    "setChatPermissions": (
        "Bad Request: can't change private chat permissions",
        lambda s: {"chat_id": s.person.id, "permissions": t.ChatPermissions()},
    ),
    "setChatPhoto": (
        "Bad Request: can't change private chat photo",
        lambda s: {"chat_id": s.person.id, "photo": m.picture()},
    ),
    "getUserChatBoosts": (NO_GROUP, lambda s: {"chat_id": s.person.id, "user_id": s.person.id}),
    "createChatInviteLink": (NO_GROUP, lambda s: {"chat_id": s.person.id}),
}

UNPREPARED = {name: error for name, (error, _) in _CASES.items()}
"""By the Bot API's name."""


def _own_group(stage: BotStage) -> int:
    world = stage.world
    group = world.add_group(stage.person.id, "Group")
    world.join(stage.bot.id, group.id, by=stage.person.id)
    world.promote(stage.person.id, group.id, stage.bot.id)
    return group.id


def _outsider(stage: BotStage) -> int:
    return stage.world.add_account(first_name="Out").id


async def call(stage: BotStage, name: str) -> Any:
    """Call a method with arguments that are good but for what is missing."""
    _, arguments = _CASES[name]
    method = getattr(aiogram.methods, name[0].upper() + name[1:])
    return await stage.aiogram(method(**arguments(stage)))
