"""Invoices, paying them, and Telegram Stars.

https://core.telegram.org/bots/payments
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, replace
from typing import Any

from sandbox.world.chats import Message
from sandbox.world.content_models import Service
from sandbox.world.errors import bad_request
from sandbox.world.events import BotTold
from sandbox.world.payment_models import Invoice, StarTransaction
from sandbox.world.peers import Account
from sandbox.world.queries import Queries
from sandbox.world.reactions_pins import Marks

STARS = "XTR"
ANSWER_SECONDS = 10.0
"""How long a bot may take over a pre-checkout or shipping query.
https://core.telegram.org/bots/api#answerprecheckoutquery"""
POCKET = 10_000
"""Stars of a person unless changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """How a payment went. ``error`` is the bot's error, or that it did not answer."""

    charge_id: str = ""
    error: str = ""


class Payments:
    """Payments to bots, and Stars."""

    def __init__(self, world: Marks, queries: Queries) -> None:
        self._world = world
        self._queries = queries

    # --- Invoices -----------------------------------------------------------------------------

    def add(self, invoice: Invoice) -> Invoice:
        """Store an invoice under a new slug. Raises ApiError: 400, it can't be paid."""
        if not invoice.currency.isascii() or len(invoice.currency) != 3:
            raise bad_request("CURRENCY_INVALID")
        if invoice.total < 1:
            raise bad_request("CURRENCY_TOTAL_AMOUNT_INVALID")
        if invoice.currency == STARS and len(invoice.prices) != 1:
            raise bad_request("STARS_INVOICE_INVALID")
        made = replace(invoice, slug=secrets.token_urlsafe(12))
        self._world.state.invoices[made.slug] = made
        return made

    def attach(self, invoice: Invoice, message: Message) -> None:
        """The invoice was sent as this message."""
        self._world.state.invoices[_key(message)] = invoice

    def of(self, message: Message) -> Invoice:
        """Raises ApiError: 400, it is no invoice and no paid media."""
        found = self._world.state.invoices.get(_key(message))
        if found is None:
            raise bad_request("MESSAGE_ID_INVALID")
        return found

    def by_link(self, url: str) -> Invoice:
        found = self._world.state.invoices.get(url.rpartition("/")[2].removeprefix("$"))
        if found is None:
            raise bad_request("INVOICE_INVALID")
        return found

    # --- Paying -------------------------------------------------------------------------------

    async def pay(self, account: Account, invoice: Invoice) -> Paid:
        """A person pays: the bot gets its queries first, then the payment.

        Raises:
            ApiError: 400 BALANCE_TOO_LOW.
        """
        if invoice.currency == STARS and self.balance(account.id) < invoice.total:
            raise bad_request("BALANCE_TOO_LOW")
        details: dict[str, Any] = {}
        if invoice.needs:
            details["order_info"] = order_info(account, invoice)
        total = invoice.total
        if invoice.flexible:
            options = await self._ask(account, invoice, "shipping_query", _address(account))
            if isinstance(options, str):
                return Paid(error=options)
            details["shipping_option_id"] = options[0]["id"]
            total += sum(int(price["amount"]) for price in options[0]["prices"])
        asked = {"currency": invoice.currency, "total_amount": total, **details}
        refusal = await self._ask(account, invoice, "pre_checkout_query", asked)
        if refusal:
            return Paid(error=refusal)
        return self._settle(account, invoice, asked)

    async def _ask(
        self, account: Account, invoice: Invoice, kind: str, asked: dict[str, Any]
    ) -> Any:
        """The bot's shipping options, or an empty text for yes; a sentence for no."""
        value = {"from": {"$user": account.id}, "invoice_payload": invoice.payload, **asked}
        query = self._queries.ask(kind, invoice.bot_id, account.id, value, seconds=ANSWER_SECONDS)
        try:
            return await asyncio.wait_for(asyncio.shield(query.answered), ANSWER_SECONDS)
        except TimeoutError:
            return "BOT_PRECHECKOUT_TIMEOUT"

    def _settle(self, account: Account, invoice: Invoice, asked: dict[str, Any]) -> Paid:
        transaction = self.record(
            invoice.bot_id,
            account.id,
            invoice.total,
            "invoice_payment",
            payload=invoice.payload,
            stars=invoice.currency == STARS,
            period=invoice.subscription_period,
        )
        value = {
            **asked,
            "invoice_payload": invoice.payload,
            "telegram_payment_charge_id": transaction.id,
            "provider_payment_charge_id": "" if invoice.currency == STARS else transaction.id[3:],
        }
        if invoice.subscription_period:
            ends = transaction.date + invoice.subscription_period
            value |= {"subscription_expiration_date": ends, "is_first_recurring": True}
        chat = self._world.private_chat(account.id, invoice.bot_id)
        self._world.announce(account.id, chat, Service(kind="successful_payment", value=value))
        return Paid(charge_id=transaction.id)

    def buy_media(self, account: Account, message: Message) -> Paid:
        """Unlock paid media; the bot gets ``purchased_paid_media`` if it gave a payload."""
        invoice = self.of(message)
        if self.balance(account.id) < invoice.total:
            raise bad_request("BALANCE_TOO_LOW")
        transaction = self.record(
            invoice.bot_id, account.id, invoice.total, "paid_media_payment", payload=invoice.payload
        )
        if invoice.payload:
            value = {"from": {"$user": account.id}, "paid_media_payload": invoice.payload}
            self._world.tell(
                BotTold(bot_id=invoice.bot_id, kind="purchased_paid_media", value=value)
            )
        return Paid(charge_id=transaction.id)

    # --- Stars --------------------------------------------------------------------------------

    def balance(self, owner_id: int) -> int:
        pocket = POCKET if owner_id in self._world.state.accounts else 0
        return self._world.state.stars.get(owner_id, pocket)

    def set_balance(self, owner_id: int, stars: int) -> None:
        self._world.state.stars[owner_id] = stars

    def move(self, from_id: int, to_id: int | None, stars: int) -> None:
        """Raises ApiError: 400 BALANCE_TOO_LOW."""
        if self.balance(from_id) < stars:
            raise bad_request("BALANCE_TOO_LOW")
        self.set_balance(from_id, self.balance(from_id) - stars)
        if to_id is not None:
            self.set_balance(to_id, self.balance(to_id) + stars)

    def record(
        self,
        bot_id: int,
        user_id: int,
        amount: int,
        kind: str,
        *,
        payload: str = "",
        incoming: bool = True,
        stars: bool = True,
        period: int = 0,
    ) -> StarTransaction:
        """Move Stars between a person and a bot and record it; other money is only recorded."""
        transaction = StarTransaction(
            id=f"stx{secrets.token_urlsafe(24)}",
            bot_id=bot_id,
            user_id=user_id,
            amount=amount,
            date=self._world.time(),
            kind=kind,
            incoming=incoming,
            payload=payload,
            subscription_period=period,
        )
        if stars:
            payer, payee = (user_id, bot_id) if incoming else (bot_id, None)
            self.move(payer, payee, amount)
            self._world.state.star_transactions.append(transaction)
        return transaction

    def transactions(self, bot_id: int) -> list[StarTransaction]:
        """The oldest first."""
        return [one for one in self._world.state.star_transactions if one.bot_id == bot_id]

    def refund(self, bot_id: int, user_id: int, charge_id: str) -> None:
        """Raises ApiError: 400 CHARGE_ID_EMPTY, CHARGE_ALREADY_REFUNDED, BALANCE_TOO_LOW."""
        transaction = self._charge(bot_id, user_id, charge_id, "CHARGE_ID_EMPTY")
        if transaction.refunded:
            raise bad_request("CHARGE_ALREADY_REFUNDED")
        self.move(bot_id, user_id, transaction.amount)
        transaction.refunded = True
        value = {
            "currency": STARS,
            "total_amount": transaction.amount,
            "invoice_payload": transaction.payload,
            "telegram_payment_charge_id": transaction.id,
        }
        chat = self._world.private_chat(bot_id, user_id)
        self._world.announce(bot_id, chat, Service(kind="refunded_payment", value=value))

    def cancel_subscription(
        self, bot_id: int, user_id: int, charge_id: str, *, canceled: bool
    ) -> None:
        """Raises ApiError: 400 CHARGE_ID_INVALID."""
        transaction = self._charge(bot_id, user_id, charge_id, "CHARGE_ID_INVALID")
        if not transaction.subscription_period:
            raise bad_request("CHARGE_ID_INVALID")
        transaction.canceled = canceled

    def change_subscription(self, user_id: int, charge_id: str, state: str) -> None:
        """A change by the person; the bot gets ``subscription``. Raises ApiError: 400."""
        for one in self._world.state.star_transactions:
            if (one.id, one.user_id) == (charge_id, user_id) and one.subscription_period:
                one.canceled = state != "active"
                value = {
                    "user": {"$user": user_id},
                    "invoice_payload": one.payload,
                    "state": state,
                }
                self._world.tell(BotTold(bot_id=one.bot_id, kind="subscription", value=value))
                return
        raise bad_request("CHARGE_ID_INVALID")

    def _charge(self, bot_id: int, user_id: int, charge_id: str, refusal: str) -> StarTransaction:
        for one in self.transactions(bot_id):
            if (one.id, one.user_id, one.incoming) == (charge_id, user_id, True):
                return one
        raise bad_request(refusal)


def order_info(account: Account, invoice: Invoice) -> dict[str, Any]:
    """What the person fills in. https://core.telegram.org/bots/api#orderinfo"""
    known = {
        "name": account.name,
        "phone_number": account.phone.lstrip("+"),
        "email": f"{account.first_name.lower()}@example.org",
        **_address(account),
    }
    return {name: known[name] for name in invoice.needs}


def _address(account: Account) -> dict[str, Any]:
    address = {
        "country_code": "NL",
        "state": "",
        "city": "Amsterdam",
        "street_line1": f"Prinsengracht {account.id % 1000}",
        "street_line2": "",
        "post_code": "1015 DX",
    }
    return {"shipping_address": address}


def _key(message: Message) -> str:
    return f"{message.chat}:{message.id}"
