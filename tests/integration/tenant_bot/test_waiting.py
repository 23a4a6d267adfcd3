"""Messages for an absent owner: kept, told, handed over to the last (K8, K3, K1)."""

from __future__ import annotations

import asyncio

from tenants.bot.features.inbox import undelivered
from tests.support.inbox_cast import album, cast_of, plain, unlimited
from tests.support.runner_env import RunnerEnv
from tests.support.sandbox_client import Message, Person


async def test_sixty_messages_of_twelve_people_wait_and_all_arrive(yard: RunnerEnv) -> None:
    """K8: once told each, the owner at growing numbers, none is left behind."""
    cast = await cast_of(yard, owner_started=False)
    unlimited(yard)
    people = [await yard.api.person(f"P{number}") for number in range(12)]

    async def write(person: Person) -> None:
        for number in range(5):
            await person.send(cast.bot.id, f"{person.name}:{number}.")

    await asyncio.gather(*(write(person) for person in people))
    await cast.handled()
    for person in people:
        mine = [m for m in await person.messages(cast.bot.id) if "is kept" in m.text]
        assert len(mine) == 1, person
    notices = await cast._select("SELECT params FROM notices WHERE tenant_id = :tenant ORDER BY id")
    told = [int(params.partition('"waiting": ')[2].rstrip("}")) for (params,) in notices]
    assert told == [1, 10, 50]
    await cast.owner.send(cast.bot.id, "/start")
    await cast.owner_sees("P11:4.")
    await cast.handled()
    assert not await cast._select("SELECT id FROM relays WHERE owner_message_id < 0")
    arrived = [m.text for m in await _all(cast.owner, cast.bot.id) if ":" in m.text]
    assert sorted(arrived) == sorted(f"P{p}:{n}." for p in range(12) for n in range(5))


async def _all(person: Person, chat: int) -> list[Message]:
    """More than the newest hundred."""
    pages = [await person.messages(chat, after=after) for after in (1, 90, 180)]
    return list({message.id: message for page in pages for message in page}.values())


async def test_an_album_that_waited_is_handed_over_as_one(yard: RunnerEnv) -> None:
    """K3."""
    cast = await cast_of(yard, owner_started=False)
    await cast.anna.send_album(cast.bot.id, album("one", "two", "three"))
    await cast.anna_sees("is kept")
    await cast.handled()
    await cast.owner.send(cast.bot.id, "/start")
    three = await cast.owner_sees("three")
    parts = [m for m in await cast.owner_chat() if m.media]
    assert [m.text for m in parts] == ["one", "two", "three"]
    assert len({m.raw.get("album") for m in parts}) == 1
    assert sum("Anna" in m.text for m in await cast.owner_chat()) == 1
    await cast.owner.send(cast.bot.id, "Nice three", reply_to=three.id)
    await cast.anna_sees("Nice three")


async def test_a_hand_over_goes_on_after_an_outage(yard: RunnerEnv) -> None:
    """K8: what the outage left is handed over by the job, nothing twice."""
    cast = await cast_of(yard, owner_started=False)
    boris = await yard.api.person("Boris")
    await cast.anna.send(cast.bot.id, "line 0")
    for number in range(1, 4):
        await boris.send(cast.bot.id, f"line {number}")
        await cast.handled()
    await yard.api.fault(
        kind="http_status", status=502, method="copyMessages", bot=cast.bot.id, times=1
    )
    await cast.owner.send(cast.bot.id, "/start")
    await cast.owner_sees("line 0")
    await cast.handled()
    entry = yard.runner._parts.supervisor.entry(cast.tenant.id)
    assert entry is not None
    assert entry.runtime is not None
    context = entry.runtime.context
    assert context.hand_over.left
    await undelivered.go_on(context, yard.runner._parts.housekeeping._house)
    lines = [plain(m.text) for m in await cast.owner_chat() if "line" in m.text]
    assert lines == [f"line {number}" for number in range(4)]
    assert not context.hand_over.left


async def test_a_message_is_kept_though_its_author_blocks_the_bot(yard: RunnerEnv) -> None:
    """K1: the owner never started the bot, the visitor blocks it after writing."""
    cast = await cast_of(yard, owner_started=False)
    await cast.refuse("blocked", "sendMessage", times=9, chat=cast.anna.id)
    await cast.anna.send(cast.bot.id, "Anybody?")
    await cast.handled()
    await yard.api.clear_faults()
    await cast.owner.send(cast.bot.id, "/start")
    await cast.owner_sees("Anybody?")
    assert (await cast.states())["quarantined"] == 0


async def test_a_new_message_waits_behind_older_ones(yard: RunnerEnv) -> None:
    """K8: while a visitor's messages are still to be handed over, order is kept."""
    cast = await cast_of(yard, owner_started=False)
    await cast.anna.send(cast.bot.id, "line 0")
    await cast.handled()
    await cast.refuse("internal", "copyMessage", times=1)
    await cast.owner.send(cast.bot.id, "/start")
    await cast.owner_sees("at work")
    await cast.handled()
    await cast.anna.send(cast.bot.id, "line 1")
    await cast.handled()
    assert not any("line 1" in m.text for m in await cast.owner_chat())
    entry = yard.runner._parts.supervisor.entry(cast.tenant.id)
    assert entry is not None
    assert entry.runtime is not None
    await undelivered.go_on(entry.runtime.context, yard.runner._parts.housekeeping._house)
    lines = [m.text for m in await cast.owner_chat() if "line" in m.text]
    assert lines == ["line 0", "line 1"]
