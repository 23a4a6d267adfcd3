"""Sample values for rare kinds of messages.

``sample`` makes the Bot API's value of a story, a giveaway, a service message …, with the
references of :class:`~sandbox.world.Special`. Callers can pass other values instead.
https://core.telegram.org/bots/api#message
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.seed_images import landscape
from sandbox.world.chats import Chat
from sandbox.world.payment_models import GIFTS
from sandbox.world.world import World

Json = dict[str, Any]
DAY = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Context of a sample: ``actor_id`` acts in ``chat``, ``other_id`` is the other side."""

    world: World
    chat: Chat
    actor_id: int

    @property
    def other_id(self) -> int:
        """The other side of the actor's chat; in a group, the actor."""
        return self.actor_id if self.chat.pair is None else self.chat.id_for(self.actor_id)

    @property
    def actor(self) -> Json:
        return {"$user": self.actor_id}

    @property
    def other(self) -> Json:
        return {"$user": self.other_id}

    @property
    def chat_id(self) -> int:
        return self.chat.room_id or self.actor_id

    @property
    def now(self) -> int:
        return self.world.time()

    def picture(self) -> str:
        """A picture's unique id."""
        return self.world.files.put(landscape("sea")[0], "sea.png", "image/png").unique_id

    def newest(self) -> Json:
        """A reference to the newest message of the chat."""
        message = self.chat.newest()
        return {"$message": {"chat": self.chat.key, "id": message.id if message else 0}}

    def gift(self) -> Json:
        return self.world.gifts.shape(GIFTS[0])

    def unique_gift(self) -> Json:
        return self.world.gifts.unique(GIFTS[-1])


Maker = Callable[[Setting], Any]

_PAYMENT = {
    "currency": "XTR",
    "total_amount": 5,
    "invoice_payload": "sample",
    "telegram_payment_charge_id": "stx-sample",
}
_TASK = {"id": 1, "text": "Buy beans"}
_OPTION = {"option_persistent_id": "0", "option_text": "Yes"}
_STARS = {"currency": "XTR", "amount": 50}
_COMMUNITY = {"community": {"id": 1, "name": "Neighbours"}}

SPECIALS: dict[str, Maker] = {
    "story": lambda s: {"chat": {"$chat": s.chat_id}, "id": 7},
    "paid_media": lambda s: {
        "star_count": 5,
        "paid_media": [
            {"type": "preview", "width": 480, "height": 320},
            {"type": "photo", "photo": {"$photo": s.picture()}},
        ],
    },
    "giveaway": lambda s: {
        "chats": [{"$chat": s.chat_id}],
        "winners_selection_date": s.now + DAY,
        "winner_count": 1,
        "premium_subscription_month_count": 3,
    },
    "giveaway_winners": lambda s: {
        "chat": {"$chat": s.chat_id},
        "giveaway_message_id": 1,
        "winners_selection_date": s.now,
        "winner_count": 1,
        "winners": [s.actor],
    },
    "checklist": lambda _: {"title": "Shopping", "tasks": [_TASK, {"id": 2, "text": "Roast"}]},
    "invoice": lambda _: {
        "title": "Beans",
        "description": "A pound of beans",
        "start_parameter": "",
        "currency": "XTR",
        "total_amount": 5,
    },
    "game": lambda s: {
        "title": "Chess",
        "description": "For two",
        "photo": {"$photo": s.picture()},
    },
    "rich_message": lambda _: {"blocks": [{"type": "paragraph", "text": "A page"}]},
}
"""Content that replaces a text."""

SERVICES: dict[str, Maker] = {
    "message_auto_delete_timer_changed": lambda _: {"message_auto_delete_time": DAY},
    "chat_shared": lambda s: {"request_id": 1, "chat_id": s.chat_id, "title": "Shared"},
    "users_shared": lambda s: {
        "request_id": 1,
        "users": [{"user_id": s.actor_id, "first_name": s.world.display_name(s.actor_id)}],
    },
    "web_app_data": lambda _: {"data": '{"answer":42}', "button_text": "Open"},
    "write_access_allowed": lambda _: {"from_request": True},
    "connected_website": lambda _: "example.org",
    "passport_data": lambda _: {
        "data": [],
        "credentials": {"data": "AA==", "hash": "AA==", "secret": "AA=="},
    },
    "proximity_alert_triggered": lambda s: {
        "traveler": s.actor,
        "watcher": s.other,
        "distance": 100,
    },
    "video_chat_scheduled": lambda s: {"start_date": s.now + DAY},
    "video_chat_started": lambda _: {},
    "video_chat_ended": lambda _: {"duration": 60},
    "video_chat_participants_invited": lambda s: {"users": [s.actor]},
    "boost_added": lambda _: {"boost_count": 1},
    "chat_background_set": lambda _: {
        "type": {
            "type": "fill",
            "fill": {"type": "solid", "color": 0x6FB9F0},
            "dark_theme_dimming": 20,
        }
    },
    "new_chat_photo": lambda s: {"$photo": s.picture()},
    "delete_chat_photo": lambda _: True,
    "checklist_tasks_done": lambda s: {
        "checklist_message": s.newest(),
        "marked_as_done_task_ids": [1],
    },
    "checklist_tasks_added": lambda s: {"checklist_message": s.newest(), "tasks": [_TASK]},
    "direct_message_price_changed": lambda _: {
        "are_direct_messages_enabled": True,
        "direct_message_star_count": 5,
    },
    "paid_message_price_changed": lambda _: {"paid_message_star_count": 5},
    "giveaway_created": lambda _: {"prize_star_count": 500},
    "giveaway_completed": lambda _: {"winner_count": 1, "is_star_giveaway": True},
    "gift": lambda s: {"gift": s.gift(), "owned_gift_id": "1", "text": "For you"},
    "unique_gift": lambda s: {"gift": s.unique_gift(), "origin": "transfer"},
    "gift_upgrade_sent": lambda s: {"gift": s.gift(), "is_upgrade_separate": True},
    "successful_payment": lambda _: {**_PAYMENT, "provider_payment_charge_id": ""},
    "refunded_payment": lambda _: _PAYMENT,
    "suggested_post_approved": lambda s: {"suggested_post_message": s.newest(), "send_date": s.now},
    "suggested_post_approval_failed": lambda s: {
        "suggested_post_message": s.newest(),
        "price": _STARS,
    },
    "suggested_post_declined": lambda s: {
        "suggested_post_message": s.newest(),
        "comment": "Not this time",
    },
    "suggested_post_paid": lambda s: {"suggested_post_message": s.newest(), **_STARS},
    "suggested_post_refunded": lambda s: {
        "suggested_post_message": s.newest(),
        "reason": "post_deleted",
    },
    "poll_option_added": lambda s: {"poll_message": s.newest(), **_OPTION},
    "poll_option_deleted": lambda s: {"poll_message": s.newest(), **_OPTION},
    "chat_owner_left": lambda s: {"new_owner": s.actor},
    "chat_owner_changed": lambda s: {"new_owner": s.actor},
    "community_chat_added": lambda _: _COMMUNITY,
    "community_chat_removed": lambda _: {},
    "community_chat_joined": lambda _: _COMMUNITY,
}
"""Service messages that nothing else in the world causes."""


def sample(makers: dict[str, Maker], kind: str, setting: Setting) -> Any:
    """The value of a kind that ``makers`` knows."""
    return makers[kind](setting)
