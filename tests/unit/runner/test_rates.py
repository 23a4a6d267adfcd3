"""Rates, paces, pauses and outgoing limits, on a clock of the test's own."""

from __future__ import annotations

import asyncio

import pytest
from aiogram.methods import SendChatAction, SendMediaGroup, SendMessage

from tenants.domain.model import BotId, TenantId, Throttle
from tenants.runner.ingest.backoff import Backoff, StartPacer
from tenants.support.rate_limits import Bucket, KeyedRates, Pace, Rate
from tenants.telegram.send_limits import (
    SLOWED,
    BroadcastsStopped,
    OutgoingLimits,
    Priority,
    Target,
    broadcasting,
)
from tests.support.clock import FakeClock


def test_a_bucket_fills_to_its_burst_and_may_owe() -> None:
    clock = FakeClock()
    bucket = Bucket(Rate(per_second=2, burst=4), clock.monotonic)
    bucket.take(6)
    assert bucket.delay() == pytest.approx(1.5)
    clock.pass_by(100)
    assert bucket.available() == 4


def test_each_key_has_a_rate_of_its_own() -> None:
    clock = FakeClock()
    rates: KeyedRates[str] = KeyedRates(Rate(per_second=1, burst=2), clock.monotonic)
    assert [rates.try_take("a") for _ in range(3)] == [True, True, False]
    assert rates.try_take("b")
    clock.pass_by(1)
    assert rates.try_take("a")
    assert not rates.try_take("a")


def test_slow_is_a_tenth_and_one_chat_at_a_time() -> None:
    pace = Pace.of(Throttle.SLOW, 30, 8)
    assert pace.rate.per_second == pytest.approx(3)
    assert pace.concurrency == 1
    assert not pace.holds_handling
    assert Pace.of(Throttle.RECEIVE_ONLY, 30, 8).holds_handling
    assert not Pace.of(Throttle.NO_BROADCASTS, 30, 8).broadcasts


def test_backoff_grows_with_jitter_and_stays_below_its_longest() -> None:
    backoff = Backoff(first=1, longest=8)
    pauses = [backoff.next() for _ in range(10)]
    assert 0.5 <= pauses[0] <= 1
    assert all(4 <= pause <= 8 for pause in pauses[3:])


def starts(pacer: StartPacer) -> int:
    """How many may go at this moment."""
    went = 0
    while pacer._may_go():
        pacer._rate.take()
        went += 1
    return went


@pytest.mark.case(47)
async def test_starts_learn_what_the_server_takes_and_recover() -> None:
    """R6: the rate does not stay low for good."""
    clock = FakeClock()
    pacer = StartPacer(100, 6000, clock.monotonic)
    for _ in range(120):
        async with pacer.turn():
            pacer.accepted()
    for bot in (1, 2, 3):
        pacer.refused(TenantId(bot))
    clock.pass_by(30)
    assert 1 <= starts(pacer) <= 120 / 6, "as many a minute as it took, spread"
    for _ in range(8):
        clock.pass_by(60)
        starts(pacer)
    clock.pass_by(60)
    assert starts(pacer) == 1000, "the burst it began with"


@pytest.mark.case(47)
async def test_one_bot_that_is_refused_again_and_again_slows_nobody() -> None:
    """R6"""
    clock = FakeClock()
    pacer = StartPacer(100, 6000, clock.monotonic)
    for _ in range(50):
        pacer.refused(TenantId(1))
    assert starts(pacer) == 1000


@pytest.mark.case(43)
async def test_a_429_holds_one_chat_of_one_bot() -> None:
    clock = FakeClock()
    limits = OutgoingLimits(clock.monotonic)
    held = Target.of(1, SendMessage(chat_id=5, text="x"))
    limits.hold(held, 10)
    assert limits._held_for(held) == 10
    await limits.turn(Target.of(1, SendMessage(chat_id=6, text="x")))
    await limits.turn(Target.of(2, SendMessage(chat_id=5, text="x")))


@pytest.mark.case(43)
async def test_a_429_for_several_chats_holds_and_slows_the_bot() -> None:
    clock = FakeClock()
    limits = OutgoingLimits(clock.monotonic)
    for chat in (5, 6, 7):
        limits.hold(Target.of(1, SendMessage(chat_id=chat, text="x")), 10)
    other = Target.of(1, SendMessage(chat_id=8, text="x"))
    assert limits._held_for(other) == 10
    assert limits._held_for(Target.of(2, SendMessage(chat_id=8, text="x"))) <= 0
    clock.pass_by(10)
    assert limits._held_for(other) <= 0
    assert limits._is_slowed(1)
    clock.pass_by(SLOWED)
    assert not limits._is_slowed(1)


async def test_replies_are_not_paced_by_bot_and_bulk_waits_behind_them() -> None:
    clock = FakeClock()
    limits = OutgoingLimits(clock.monotonic)
    async with asyncio.timeout(20):
        for chat in range(1000):
            await limits.turn(Target.of(1, SendMessage(chat_id=chat + 1, text="x")))
    assert limits._bots.delay(1) > 30, "seconds until bulk may go on"


async def test_broadcasts_can_be_stopped_and_replies_go_on() -> None:
    limits = OutgoingLimits(FakeClock().monotonic)
    limits.stop_broadcasts(BotId(1), True)
    with broadcasting():
        target = Target.of(1, SendMessage(chat_id=5, text="x"))
    assert target.priority is Priority.BROADCAST
    with pytest.raises(BroadcastsStopped):
        await limits.turn(target)
    await limits.turn(Target.of(1, SendMessage(chat_id=5, text="x")))


def test_a_call_weighs_what_it_sends() -> None:
    assert Target.of(1, SendMessage(chat_id=5, text="x")).weight == 1
    assert Target.of(1, SendChatAction(chat_id=5, action="typing")).weight == 0
    assert Target.of(1, SendMediaGroup(chat_id=-5, media=[])).in_group
