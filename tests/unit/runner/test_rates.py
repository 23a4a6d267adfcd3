"""Rates, paces, pauses and outgoing limits, on a clock of the test's own."""

from __future__ import annotations

import pytest
from aiogram.methods import SendChatAction, SendMediaGroup, SendMessage

from tenants.limits import Bucket, KeyedRates, Pace, Rate
from tenants.model import BotId, Throttle
from tenants.runner.pacing import Backoff, StartPacer
from tenants.telegram.outgoing import (
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


@pytest.mark.case(47)
async def test_starts_learn_what_the_server_takes() -> None:
    clock = FakeClock()
    pacer = StartPacer(100, 6000, clock.monotonic)
    for _ in range(20):
        async with pacer.turn():
            pacer.accepted()
    pacer.refused(30)
    assert not pacer._may_go()
    clock.pass_by(30)
    went = 0
    while pacer._may_go():
        pacer._rate.take()
        went += 1
    assert went <= 20


@pytest.mark.case(43)
async def test_a_429_holds_one_chat_of_one_bot() -> None:
    clock = FakeClock()
    limits = OutgoingLimits(clock.monotonic)
    held = Target.of(1, SendMessage(chat_id=5, text="x"))
    limits.hold(held, 10)
    assert limits._held_for(held) == 10
    await limits.turn(Target.of(1, SendMessage(chat_id=6, text="x")))
    await limits.turn(Target.of(2, SendMessage(chat_id=5, text="x")))


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
