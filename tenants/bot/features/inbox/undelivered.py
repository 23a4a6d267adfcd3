"""Messages that wait for an unreachable owner: only their ids are stored."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import structlog
from aiogram.exceptions import TelegramAPIError

from tenants.bot.audience import shown_visitor
from tenants.bot.context import FeatureServices, TenantContext
from tenants.bot.effects import Effects
from tenants.bot.features.inbox.copy_calls import Original, Unreachable
from tenants.bot.features.inbox.relay import Carried, carry_by_id
from tenants.bot.formatted_text import FormattedText
from tenants.bot.message_counter import RECEIVED, UNDELIVERED
from tenants.domain.events import OwnerUnreachable
from tenants.domain.model import ChatId, UserId
from tenants.services.notices import NoticeKind
from tenants.store import UnitOfWork
from tenants.store.message_links import Relay
from tenants.telegram.refusals import classify

log = structlog.get_logger(__name__)

_PAGE: Final = 100
_AT_ONCE: Final = 20
"""Messages of one visitor delivered under one header."""
_BUDGET: Final = 20.0
"""Seconds of delivery in one run; the job continues with the rest."""
_AWAY: Final = 30.0
"""Seconds without retries for an unreachable owner, unless they start or unblock the bot."""
_TOLD_AT: Final = (1, 10, 50, 100, 500, 1000, 5000, 10_000)
"""Numbers of waiting messages at which the owner is notified."""


async def keep(
    tenant: TenantContext, house: FeatureServices, effects: Effects, originals: Sequence[Original]
) -> bool:
    """Store messages until the owner starts the bot, and notify at the numbers ``_TOLD_AT``.

    Returns whether no message of this visitor waited before.
    """
    now = house.clock.now()
    relays = [_waiting(tenant, original) for original in originals]
    told: list[int] = []

    async def store(uow: UnitOfWork) -> None:
        before = await uow.relays.count_waiting(tenant.id)
        for relay in relays:
            await uow.relays.add(relay, now)
        after = await uow.relays.count_waiting(tenant.id)
        told[:] = [after] if any(before < number <= after for number in _TOLD_AT) else []
        if told:
            await _tell_owner(uow, tenant, house, after)

    def announce() -> None:
        for waiting in told:
            effects.publish(
                OwnerUnreachable(tenant_id=tenant.id, owner_id=tenant.owner_id, waiting=waiting)
            )

    effects.add(store)
    effects.after_commit(announce)
    tenant.hand_over.left = True
    async with house.db.read() as uow:
        return not await uow.relays.count_waiting(tenant.id, ChatId(originals[0].chat_id))


async def _tell_owner(
    uow: UnitOfWork, tenant: TenantContext, house: FeatureServices, waiting: int
) -> None:
    await house.notices.add(
        uow,
        tenant.owner_id,
        NoticeKind.OWNER_UNREACHABLE,
        tenant_id=tenant.id,
        topic=f"bot:{tenant.id}:unreachable",
        params={"username": tenant.tenant.bot_username, "waiting": waiting},
    )


async def must_wait(tenant: TenantContext, house: FeatureServices, visitor: ChatId) -> bool:
    """Whether to store a message without a try: the owner was unreachable a moment ago, or
    older messages of the same visitor are still undelivered."""
    if time.monotonic() < tenant.hand_over.away_until:
        return True
    if not (tenant.hand_over.left or tenant.hand_over.running):
        return False
    async with house.db.read() as uow:
        return bool(await uow.relays.count_waiting(tenant.id, visitor))


def note_absence(tenant: TenantContext) -> None:
    """The owner was unreachable: pause deliveries."""
    tenant.hand_over.away_until = time.monotonic() + _AWAY


def _waiting(tenant: TenantContext, original: Original) -> Relay:
    return Relay(
        tenant_id=tenant.id,
        owner_chat_id=tenant.owner_chat,
        owner_message_id=-original.message_id,
        audience_chat_id=ChatId(original.chat_id),
        audience_message_id=original.message_id,
        incoming=True,
        topic_id=original.topic_id,
        album=original.album,
    )


async def look_for_waiting(tenant: TenantContext, house: FeatureServices) -> None:
    """A bot started: let the job try to deliver waiting messages, if there are any."""
    async with house.db.read() as uow:
        tenant.hand_over.left = bool(await uow.relays.count_waiting(tenant.id))


async def go_on(tenant: TenantContext, house: FeatureServices) -> None:
    """The job: deliver what an earlier run left."""
    if tenant.hand_over.left:
        await deliver(tenant, house)


async def deliver(tenant: TenantContext, house: FeatureServices) -> int:
    """Deliver waiting messages: visitor by visitor, the oldest first, albums as albums.

    What was sent is committed at once, outside the update's effects: an outage in the middle
    repeats one visitor's part at most. What can't be delivered now is left for the job.
    Returns the number of messages delivered.
    """
    if tenant.hand_over.running:
        return 0
    tenant.hand_over.running = True
    tenant.hand_over.away_until = 0.0
    try:
        return await _deliver(tenant, house)
    except Unreachable:
        tenant.hand_over.left = False
        note_absence(tenant)
    except TelegramAPIError as error:
        tenant.hand_over.left = True
        log.info("delivery paused", tenant=tenant.id, refusal=str(classify(error)))
    finally:
        tenant.hand_over.running = False
    return 0


async def _deliver(tenant: TenantContext, house: FeatureServices) -> int:
    delivered, deadline = 0, time.monotonic() + _BUDGET
    while time.monotonic() < deadline:
        async with house.db.read() as uow:
            unit = _unit(await uow.relays.waiting_of_oldest(tenant.id, _PAGE))
        if not unit:
            tenant.hand_over.left = False
            return delivered
        await _hand_over(tenant, house, unit)
        delivered += len(unit)
    tenant.hand_over.left = True
    return delivered


def _unit(relays: Sequence[Relay]) -> Sequence[Relay]:
    """The first of one visitor's messages, without splitting an album."""
    end = min(_AT_ONCE, len(relays))
    while end < len(relays) and relays[end].album and relays[end].album == relays[end - 1].album:
        end += 1
    return relays[:end]


async def _hand_over(tenant: TenantContext, house: FeatureServices, unit: Sequence[Relay]) -> None:
    first = unit[0]
    originals = [
        Original(chat_id=relay.audience_chat_id, message_id=relay.audience_message_id)
        for relay in unit
    ]
    header = await _header(tenant, house, UserId(first.audience_chat_id))
    carried = await carry_by_id(tenant, header, originals)
    await house.db.run(lambda uow: _store(uow, tenant, house, unit, carried))


async def _store(
    uow: UnitOfWork,
    tenant: TenantContext,
    house: FeatureServices,
    unit: Sequence[Relay],
    carried: Carried,
) -> None:
    now, first = house.clock.now(), unit[0]
    for relay in unit:
        await uow.relays.delete(relay)
    for mine, theirs in carried.pairs:
        relay = replace(
            first,
            owner_chat_id=tenant.owner_chat,
            owner_message_id=mine,
            audience_message_id=theirs,
            album="",
        )
        await uow.relays.add(relay, now)
    amounts = {RECEIVED: len(unit) - carried.missing, UNDELIVERED: carried.missing}
    await uow.usage.add({(tenant.id, now, metric): n for metric, n in amounts.items() if n})


async def _header(tenant: TenantContext, house: FeatureServices, user_id: UserId) -> FormattedText:
    async with house.db.read() as uow:
        visitor = await uow.audience.get(tenant.id, user_id)
    return FormattedText.from_markup(shown_visitor(tenant.owner_tr, visitor, user_id))
