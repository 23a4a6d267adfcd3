"""kill -9 wherever it may hit: nothing that was sent is lost, and nothing happens twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import effect_log, kill_points, random_kills
from tests.faults.crash_env import CrashEnv
from tests.faults.forked_process import Forge
from tests.faults.run_scale import FULL
from tests.support.progress import step

KILLS = 500 if FULL else 12
STEPS = 30 if FULL else 5
LAST_STEP = 1200
"""Callbacks of the event loop; by then updates were taken in, handled and stored."""
SEED = 1


@pytest.mark.case(48)
async def test_killed_at_random_moments_under_load(forge: Forge, tmp_path: Path) -> None:
    """kill -9 at random moments under load, by polls and by webhooks, beside aiogram's own"""
    step(f"{KILLS} kills")
    report = await random_kills.run(forge, tmp_path, KILLS, SEED)
    step(str(report))
    assert (report.ours.lost, report.ours.doubled) == (0, 0)


@pytest.mark.case(48, 49, 53)
@pytest.mark.parametrize("hooks", [False, True], ids=["poll", "webhook"])
async def test_killed_at_each_named_point(field: CrashEnv, hooks: bool) -> None:
    """kill -9 before and after each commit, and after a send before its mark"""
    for point in kill_points.POINTS:
        step(f"{point}, {'webhook' if hooks else 'poll'}")
        field.write()
        victim = field.platform(hooks=hooks, point=point)
        assert await victim.end() == -9, field.forge.words()
    result = await field.settle_ours(hooks=hooks)
    assert (result.lost, result.doubled) == (0, 0), field.account()


@pytest.mark.case(49)
async def test_after_a_send_before_its_mark_the_send_is_repeated_and_the_effect_is_not(
    field: CrashEnv,
) -> None:
    """Killed after a send: it is sent again (Telegram has no key to know it by), stored once"""
    n = field.write()
    assert await field.platform(point=kill_points.AFTER_SEND).end() == -9
    assert n not in effect_log.entries(field.our_file)
    assert await _typed(field) == 1
    result = await field.settle_ours()
    assert (result.lost, result.doubled) == (0, 0), field.account()
    assert await _typed(field) == 2


@pytest.mark.case(48)
async def test_killed_around_every_await(field: CrashEnv) -> None:
    """kill -9 around the awaits of an update's way, from its arrival to its last commit"""
    stored = []
    for number in range(STEPS):
        n = field.write()
        at = 1 + number * LAST_STEP // max(STEPS - 1, 1)
        status = await field.platform(point=f"{kill_points.STEP}{at}").end()
        assert status == -9, field.forge.words()
        stored.append(n in effect_log.entries(field.our_file))
    step(f"{STEPS} places, {sum(stored)} of them after the update was stored")
    assert not stored[0]
    assert any(stored)
    result = await field.settle_ours()
    assert (result.lost, result.doubled) == (0, 0), field.account()


async def _typed(field: CrashEnv) -> int:
    calls = await field.yard.api.log(bot=field.ours[0], method="sendChatAction")
    return len(calls)
