"""Gifts: bought with Stars, owned, converted, upgraded, transferred.

https://core.telegram.org/bots/api#sendgift
"""

from __future__ import annotations

from typing import Any

from sandbox.world.content_models import Entity, Service
from sandbox.world.errors import bad_request
from sandbox.world.groups import Rooms
from sandbox.world.payment_models import GIFTS, GiftKind, OwnedGift
from sandbox.world.payments import Payments

PREMIUM = {3: 1000, 6: 1500, 12: 2500}
"""Stars for months. https://core.telegram.org/bots/api#giftpremiumsubscription"""
TEXT_LENGTH = 128


class Gifts:
    """Gifts by owner."""

    def __init__(self, world: Rooms, payments: Payments) -> None:
        self._world = world
        self._payments = payments

    def kind(self, gift_id: str) -> GiftKind:
        """Raises ApiError: 400 STARGIFT_INVALID."""
        found = next((one for one in GIFTS if one.id == gift_id), None)
        if found is None:
            raise bad_request("STARGIFT_INVALID")
        return found

    def send(
        self, bot_id: int, owner_id: int, gift_id: str, text: str, entities: tuple[Entity, ...]
    ) -> OwnedGift:
        """A bot gives a gift to a person or a channel. Raises ApiError: 400."""
        kind = self.kind(gift_id)
        if len(text) > TEXT_LENGTH:
            raise bad_request("MESSAGE_TOO_LONG")
        if owner_id > 0:
            self._payments.record(bot_id, owner_id, kind.stars, "gift_purchase", incoming=False)
        else:
            self._payments.move(bot_id, None, kind.stars)
        gift = self.add(owner_id, kind.id, sender_id=bot_id, text=text, entities=entities)
        if owner_id > 0:
            chat = self._world.private_chat(bot_id, owner_id)
            service = Service(kind="gift", value=self.info(gift))
            self._world.announce(bot_id, chat, service)
        return gift

    def add(self, owner_id: int, gift_id: str, **details: Any) -> OwnedGift:
        gift = OwnedGift(
            id=str(self._world.serial()), gift_id=gift_id, date=self._world.time(), **details
        )
        self._world.state.gifts.setdefault(owner_id, []).append(gift)
        return gift

    def give_premium(self, bot_id: int, user_id: int, months: int, stars: int) -> None:
        """Raises ApiError: 400, no such offer, or BALANCE_TOO_LOW."""
        if PREMIUM.get(months) != stars:
            raise bad_request("PREMIUM_GIFT_INVALID")
        account = self._world.account(user_id)
        self._payments.record(bot_id, user_id, stars, "premium_purchase", incoming=False)
        account.premium = True

    def owned(self, owner_id: int) -> list[OwnedGift]:
        """The newest first."""
        return list(reversed(self._world.state.gifts.get(owner_id, [])))

    def find(self, owner_id: int, gift_id: str) -> OwnedGift:
        """Raises ApiError: 400, the owner has no such gift."""
        found = next((one for one in self.owned(owner_id) if one.id == gift_id), None)
        if found is None:
            raise bad_request("invalid gift identifier specified")
        return found

    def convert(self, owner_id: int, gift_id: str) -> None:
        """Into Stars. Raises ApiError: 400."""
        gift = self.find(owner_id, gift_id)
        if gift.unique is not None:
            raise bad_request("STARGIFT_NOT_FOUND")
        self._world.state.gifts[owner_id].remove(gift)
        stars = self._payments.balance(owner_id) + self.kind(gift.gift_id).convert_stars
        self._payments.set_balance(owner_id, stars)

    def upgrade(self, owner_id: int, gift_id: str, stars: int) -> None:
        """To a unique gift. Raises ApiError: 400."""
        gift = self.find(owner_id, gift_id)
        kind = self.kind(gift.gift_id)
        if gift.unique is not None or not kind.upgrade_stars:
            raise bad_request("STARGIFT_UPGRADE_UNAVAILABLE")
        if stars != kind.upgrade_stars:
            raise bad_request("wrong upgrade price specified")
        self._payments.move(owner_id, None, stars)
        gift.unique = self.unique(kind)

    def transfer(self, owner_id: int, gift_id: str, new_owner_id: int, stars: int) -> None:
        """A unique gift to another person. Raises ApiError: 400."""
        gift = self.find(owner_id, gift_id)
        if gift.unique is None:
            raise bad_request("STARGIFT_NOT_UNIQUE")
        self._payments.move(owner_id, None, stars)
        self._world.state.gifts[owner_id].remove(gift)
        self._world.state.gifts.setdefault(new_owner_id, []).append(gift)

    # --- Serializers --------------------------------------------------------------------------

    def shape(self, kind: GiftKind) -> dict[str, Any]:
        """https://core.telegram.org/bots/api#gift"""
        shown: dict[str, Any] = {
            "id": kind.id,
            "sticker": self._sticker(kind),
            "star_count": kind.stars,
        }
        if kind.upgrade_stars:
            shown["upgrade_star_count"] = kind.upgrade_stars
        if kind.total:
            shown |= {"total_count": kind.total, "remaining_count": kind.total // 2}
        return shown

    def info(self, gift: OwnedGift) -> dict[str, Any]:
        """https://core.telegram.org/bots/api#giftinfo"""
        kind = self.kind(gift.gift_id)
        shown: dict[str, Any] = {
            "gift": self.shape(kind),
            "owned_gift_id": gift.id,
            "convert_star_count": kind.convert_stars,
        }
        if kind.upgrade_stars:
            shown["can_be_upgraded"] = True
        if gift.text:
            shown["text"] = gift.text
        return shown

    def owned_shape(self, gift: OwnedGift) -> dict[str, Any]:
        """https://core.telegram.org/bots/api#ownedgift"""
        common: dict[str, Any] = {"send_date": gift.date, "is_saved": gift.saved}
        if gift.sender_id is not None:
            common["sender_user"] = {"$user": gift.sender_id}
        if gift.unique is not None:
            more = {"gift": gift.unique, "owned_gift_id": gift.id, "can_be_transferred": True}
            return {"type": "unique", **more, **common, "transfer_star_count": 25}
        return {"type": "regular", **self.info(gift), **common}

    def unique(self, kind: GiftKind) -> dict[str, Any]:
        """https://core.telegram.org/bots/api#uniquegift"""
        number = self._world.serial()
        sticker = self._sticker(kind)
        colors = {
            "center_color": 0xF5C469,
            "edge_color": 0xC78B2C,
            "symbol_color": 0x7A4E00,
            "text_color": 0xFFFFFF,
        }
        return {
            "gift_id": kind.id,
            "base_name": "Gift",
            "name": f"Gift-{number}",
            "number": number,
            "model": {"name": "Plain", "sticker": sticker, "rarity_per_mille": 100},
            "symbol": {"name": "Star", "sticker": sticker, "rarity_per_mille": 5},
            "backdrop": {"name": "Amber", "colors": colors, "rarity_per_mille": 12},
        }

    def _sticker(self, kind: GiftKind) -> dict[str, Any]:
        data = f"gift {kind.id}".encode()
        file = self._world.files.put(data, f"gift_{kind.id}.tgs", "application/x-tgsticker")
        media = {
            "kind": "sticker",
            "file": file.unique_id,
            "width": 512,
            "height": 512,
            "emoji": kind.emoji,
        }
        return {"$media": media}
