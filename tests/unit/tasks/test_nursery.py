"""Detached tasks are named, kept, logged at their end and drained."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from tenants.support.background_tasks import BackgroundTasks


async def test_a_task_is_kept_until_it_ends() -> None:
    nursery = BackgroundTasks()
    task = nursery.start(asyncio.sleep(0, "done"), "nap")
    assert task.get_name() == "nap"
    assert len(nursery) == 1
    assert await task == "done"
    assert await nursery.drain(1)
    assert len(nursery) == 0


async def test_a_failure_is_logged_with_its_name() -> None:
    async def fail() -> None:
        raise ValueError("x")

    nursery = BackgroundTasks("house")
    with capture_logs() as logs:
        nursery.start(fail(), "failing")
        await nursery.drain(1)
        await asyncio.sleep(0)
    (entry,) = logs
    assert (entry["event"], entry["task"], entry["nursery"]) == ("task failed", "failing", "house")


async def test_closing_cancels_and_names_laggards() -> None:
    nursery = BackgroundTasks()
    released = asyncio.Event()

    async def stubborn() -> None:
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue

    nursery.start(asyncio.sleep(60), "polite")
    task = nursery.start(stubborn(), "stubborn")
    await asyncio.sleep(0)
    assert await nursery.close(0.05) == ["stubborn"]
    released.set()
    await task
    late = asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="closed"):
        nursery.start(late, "late")


async def test_closing_an_empty_one() -> None:
    assert await BackgroundTasks().close() == []


async def test_draining_tells_when_it_took_too_long() -> None:
    nursery = BackgroundTasks()
    nursery.start(asyncio.sleep(60), "long")
    assert not await nursery.drain(0.01)
    await nursery.close()
