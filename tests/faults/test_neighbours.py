"""Whatever befalls one bot, the other nineteen go on as if nothing were."""

from __future__ import annotations

from typing import Any

import pytest

from tenants.domain.model import Observed
from tests.faults.many_bots_env import NO_GAP, ManyBotsEnv
from tests.faults.run_scale import FULL
from tests.support.progress import step

BACKS_OFF = {Observed.BACKING_OFF}
REVOKED = {Observed.TOKEN_REVOKED}
FAULTS: dict[str, tuple[dict[str, Any], set[Observed]]] = {
    "http_status": ({"status": 502}, BACKS_OFF),
    "error": ({"error_code": 500, "description": "Internal Server Error"}, BACKS_OFF),
    "retry_after": ({"seconds": 1}, BACKS_OFF),
    "delay": ({"seconds": 0.5}, {Observed.ONLINE}),
    "hang": ({"seconds": 1}, BACKS_OFF),
    "reset": ({}, BACKS_OFF),
    "answer_lost": ({}, BACKS_OFF),
    "garbage": ({}, BACKS_OFF),
    "conflict": ({"method": "getUpdates"}, {Observed.USED_ELSEWHERE}),
    "token_revoked": ({}, REVOKED),
}
"""Each fault of the Bot API, and how the bot it hits is seen."""


@pytest.mark.parametrize("kind", list(FAULTS) if FULL else ["reset", "token_revoked"])
async def test_one_of_twenty_is_hit(street: ManyBotsEnv, kind: str) -> None:
    """One of twenty bots is hit by a fault of Telegram's; the others show no gap"""
    details, expected = FAULTS[kind]
    yard, hit, bot = street.yard, street.tenants[7], street.bots[7]
    others = [one for one in street.bots if one.id != bot.id]
    await yard.api.fault(protocol="bot", kind=kind, bot=bot.id, **details)
    await street.write_to_all()
    gap = await street.all_answered(others)
    seen = [await yard.seen(hit.id, state) for state in expected]
    step(f"{kind}: the others' longest wait {gap * 1000:.0f} ms; the one is {seen[0].observed}")
    assert gap < NO_GAP
    for tenant in street.tenants:
        if tenant.id != hit.id:
            assert (await yard.tenant(tenant.id)).observed is Observed.ONLINE
    await yard.api.clear_faults()
    if expected == REVOKED:
        await yard.services.lifecycle.restart(await yard.staff(), hit.id)
    await yard.seen(hit.id, Observed.ONLINE)
    street.write(bot, "and now?")
    await street.all_answered([bot])


HOOKED = ["http_status", "retry_after", "hang", "answer_lost", "token_revoked"]


@pytest.mark.parametrize("kind", HOOKED if FULL else ["token_revoked"])
async def test_one_of_twenty_with_webhooks_is_hit(hooked_street: ManyBotsEnv, kind: str) -> None:
    """The same by webhooks, where only calls can fail: a refused token is noticed by those"""
    street = hooked_street
    details, _ = FAULTS[kind]
    yard, hit, bot = street.yard, street.tenants[7], street.bots[7]
    others = [one for one in street.bots if one.id != bot.id]
    await yard.api.fault(protocol="bot", kind=kind, bot=bot.id, **details)
    await street.write_to_all()
    gap = await street.all_answered(others)
    if kind == "token_revoked":
        await yard.seen(hit.id, Observed.TOKEN_REVOKED)
    step(f"{kind}: the others' longest wait {gap * 1000:.0f} ms")
    assert gap < NO_GAP
    for tenant in street.tenants:
        if tenant.id != hit.id:
            assert (await yard.tenant(tenant.id)).observed is Observed.ONLINE
    await yard.api.clear_faults()
    if kind == "token_revoked":
        await yard.services.lifecycle.restart(await yard.staff(), hit.id)
        await yard.seen(hit.id, Observed.ONLINE)
    street.write(bot, "and now?")
    await street.all_answered([bot])


async def test_telegram_restarts_and_all_come_back(street: ManyBotsEnv) -> None:
    """Telegram cuts every connection and takes none for a second; all twenty come back"""
    first = street.bots[0]
    await street.yard.api.fault(protocol="bot", kind="restart", bot=first.id, times=1, seconds=1)
    await street.write_to_all()
    gap = await street.all_answered(street.bots)
    step(f"the longest wait {gap * 1000:.0f} ms")


async def test_telegram_takes_no_messages_for_a_while(street: ManyBotsEnv) -> None:
    """Sends fail for longer than an update is tried again; when they work, all is answered"""
    bot = street.bots[7]
    others = [one for one in street.bots if one.id != bot.id]
    await street.yard.api.fault(
        protocol="bot", kind="http_status", status=502, method="sendMessage", bot=bot.id
    )
    await street.write_to_all()
    assert await street.all_answered(others) < NO_GAP
    await street.yard.api.clear_faults()
    await street.all_answered([bot])
