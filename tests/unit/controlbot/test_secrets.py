"""The holder of secrets forgets by itself."""

from __future__ import annotations

import asyncio

import pytest

from controlbot.bot.pending_secrets import SecretHolder
from tenants.domain.model import Secret, UserId

ADA, EVE = UserId(1), UserId(2)


async def test_a_secret_is_handed_over_once() -> None:
    holder = SecretHolder()
    holder.put(ADA, "token", Secret("x"))
    assert holder.take(EVE, "token") is None
    assert holder.take(ADA, "token") == Secret("x")
    assert holder.take(ADA, "token") is None


@pytest.mark.case(17)
async def test_a_secret_is_forgotten_at_its_time() -> None:
    holder = SecretHolder(ttl=0.01)
    holder.put(ADA, "token", Secret("x"))
    await asyncio.sleep(0.05)
    assert len(holder) == 0


async def test_a_newer_secret_lives_its_own_time() -> None:
    holder = SecretHolder(ttl=0.05)
    holder.put(ADA, "code", Secret("1"))
    await asyncio.sleep(0.03)
    holder.put(ADA, "code", Secret("12"))
    await asyncio.sleep(0.03)
    assert holder.peek(ADA, "code") == Secret("12")
    holder.forget(ADA)
    assert len(holder) == 0


async def test_nothing_shows_what_is_held() -> None:
    holder = SecretHolder()
    holder.put(ADA, "token", Secret("visible?"))
    assert "visible?" not in repr(holder) + repr(vars(holder))
    holder.clear()
