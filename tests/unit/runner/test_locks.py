"""A key's lock is one, however many wait for it, and is gone when nobody does."""

from __future__ import annotations

import asyncio

from tenants.support.keyed_locks import KeyedLocks


async def test_a_key_is_held_by_one_at_a_time_and_forgotten() -> None:
    """B17: the third of three that wait for one lock was given another one."""
    locks: KeyedLocks[int] = KeyedLocks()
    inside = most = 0

    async def work(key: int) -> None:
        nonlocal inside, most
        async with locks.hold(key):
            inside += key == 1
            most = max(most, inside)
            await asyncio.sleep(0.001)
            inside -= key == 1

    async def late() -> None:
        await asyncio.sleep(0.0015)
        await asyncio.gather(*(work(1) for _ in range(5)))

    await asyncio.gather(late(), *(work(1) for _ in range(5)), *(work(k) for k in range(2, 9)))
    assert most == 1
    assert len(locks) == 0
