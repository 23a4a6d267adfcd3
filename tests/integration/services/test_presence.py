"""An absence longer than Telegram keeps updates is told; a shorter one is nobody's business."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tenants.domain.events import DowntimeExceeded
from tests.support.services_env import ServicesEnv


@pytest.mark.case(51)
async def test_a_gap_of_more_than_a_day_is_reported_once(sqlite_ground: ServicesEnv) -> None:
    presence, clock = sqlite_ground.services.presence, sqlite_ground.clock
    await presence.came_back()
    assert sqlite_ground.events.of(DowntimeExceeded) == []
    await presence.here()
    left = clock.now()
    clock.pass_by(timedelta(hours=25).total_seconds())
    await presence.came_back()
    (event,) = sqlite_ground.events.of(DowntimeExceeded)
    assert event.since == left
    assert event.lost_until == left + timedelta(hours=1)
    await presence.came_back()
    assert len(sqlite_ground.events.of(DowntimeExceeded)) == 1


@pytest.mark.case(51)
async def test_a_shorter_absence_is_not(sqlite_ground: ServicesEnv) -> None:
    await sqlite_ground.services.presence.here()
    sqlite_ground.clock.pass_by(timedelta(hours=23, minutes=59).total_seconds())
    await sqlite_ground.services.presence.came_back()
    assert sqlite_ground.events.of(DowntimeExceeded) == []
