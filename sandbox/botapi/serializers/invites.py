"""Invite links and boosts. https://core.telegram.org/bots/api#chatinvitelink"""

from __future__ import annotations

from typing import Any

from sandbox.botapi.serializers.people import user
from sandbox.world.invite_models import Boost, InviteLink
from sandbox.world.lookups import Core

Json = dict[str, Any]


def invite_link(world: Core, link: InviteLink, pending: int = 0) -> Json:
    """``pending`` is the number of open join requests by it."""
    shown: Json = {
        "invite_link": link.url,
        "creator": user(world, link.creator_id),
        "creates_join_request": link.by_request,
        "is_primary": link.primary,
        "is_revoked": link.revoked,
    }
    optional = {
        "name": link.name,
        "expire_date": link.expires,
        "member_limit": link.limit,
        "pending_join_request_count": pending,
        "subscription_period": link.period,
        "subscription_price": link.price,
    }
    return shown | {name: value for name, value in optional.items() if value}


def boost(world: Core, shown: Boost) -> Json:
    return {
        "boost_id": shown.id,
        "add_date": shown.added,
        "expiration_date": shown.expires,
        "source": {"source": "premium", "user": user(world, shown.user_id)},
    }
