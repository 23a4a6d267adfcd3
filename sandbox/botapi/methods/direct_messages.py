"""A channel's direct messages: topics by person, and suggested posts.

https://core.telegram.org/bots/api#suggestedpostparameters
"""

from __future__ import annotations

from typing import Any

from sandbox.botapi.fields import LONG, Fields
from sandbox.botapi.request import Call
from sandbox.world import Chat, Group
from sandbox.world.errors import bad_request

Json = dict[str, Any]

CURRENCIES = ("XTR", "TON")
NANOTONCOINS = 10_000_000


def direct_message_fields(call: Call, chat: Chat) -> Json:
    """More fields of a message in a direct messages chat. Raises ApiError: 400."""
    room = call.world.room_of(chat)
    if not isinstance(room, Group) or room.direct_messages_of is None:
        return {}
    fields: Json = {}
    topic_id = call.params.number("direct_messages_topic_id")
    if topic_id:
        fields["direct_messages_topic"] = {"topic_id": topic_id, "user": {"$user": topic_id}}
    given = call.params.json("suggested_post_parameters", "suggested post parameters")
    if given is not None:
        fields["suggested_post_info"] = suggested_post(given)
    return fields


def suggested_post(given: Any) -> Json:
    """The parameters of a suggested post as its info. Raises ApiError: 400."""
    fields = Fields(given, "", "object expected as suggested post parameters")
    info: Json = {"state": "pending"}
    send_date = fields.number("send_date")
    if send_date:
        info["send_date"] = send_date
    if fields.raw("price") is not None:
        info["price"] = _price(fields.raw("price"))
    return info


def _price(given: Any) -> Json:
    fields = Fields(given, "", "object expected as suggested post price")
    currency, amount = fields.text("currency"), fields.number("amount", limit=LONG)
    if currency not in CURRENCIES:
        raise bad_request("invalid suggested post price currency specified")
    if currency == "TON" and amount % NANOTONCOINS:
        raise bad_request(f"suggested post price must be divisible by {NANOTONCOINS} nanotoncoins")
    return {"currency": currency, "amount": amount}
