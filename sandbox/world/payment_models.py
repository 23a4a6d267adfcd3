"""Invoices, payments in Stars, gifts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.world.content_models import Entity


@dataclass(slots=True, kw_only=True)
class Invoice:
    """https://core.telegram.org/bots/api#sendinvoice"""

    slug: str
    """Names it in a link, https://t.me/$slug."""
    bot_id: int
    title: str
    description: str
    payload: str
    currency: str
    prices: list[tuple[str, int]]
    start_parameter: str = ""
    subscription_period: int = 0
    needs: list[str] = field(default_factory=list)
    """Among name, phone_number, email, shipping_address."""
    flexible: bool = False
    """The price depends on the address: the bot gets a shipping query."""
    business_connection_id: str = ""

    @property
    def total(self) -> int:
        return sum(amount for _, amount in self.prices)


@dataclass(slots=True, kw_only=True)
class StarTransaction:
    """A payment in Stars in or out of a bot.

    https://core.telegram.org/bots/api#startransaction
    """

    id: str
    """Also the ``telegram_payment_charge_id`` of a payment."""
    bot_id: int
    user_id: int
    amount: int
    date: int
    kind: str
    """``transaction_type``: invoice_payment, paid_media_payment, gift_purchase,
    premium_purchase, business_account_transfer."""
    incoming: bool = True
    payload: str = ""
    refunded: bool = False
    subscription_period: int = 0
    canceled: bool = False


@dataclass(slots=True, kw_only=True)
class OwnedGift:
    """A gift somebody has got. https://core.telegram.org/bots/api#ownedgift"""

    id: str
    gift_id: str
    date: int
    sender_id: int | None = None
    text: str = ""
    entities: tuple[Entity, ...] = ()
    private: bool = False
    saved: bool = True
    unique: dict[str, Any] | None = None
    """The unique gift it was upgraded to, in the Bot API's format."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftKind:
    """What can be bought. https://core.telegram.org/bots/api#gift"""

    id: str
    emoji: str
    stars: int
    convert_stars: int
    upgrade_stars: int = 0
    total: int = 0
    """Of a limited gift."""


GIFTS = (
    GiftKind(id="5170145012310081615", emoji="💝", stars=15, convert_stars=13),
    GiftKind(id="5170233102089322756", emoji="🧸", stars=15, convert_stars=13),
    GiftKind(id="5168103777563050263", emoji="🌹", stars=25, convert_stars=21),
    GiftKind(
        id="5170521118301225164",
        emoji="💎",
        stars=100,
        convert_stars=85,
        upgrade_stars=25,
        total=5000,
    ),
)
