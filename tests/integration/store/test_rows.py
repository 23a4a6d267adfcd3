"""Repositories, on both databases: what is put in comes out, and nothing else."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tenants.domain.errors import OwnershipLost
from tenants.domain.model import ChatId, TenantId, UserId
from tenants.store.accounts import AccountRow, LoginRow
from tenants.store.fsm import FsmRecord
from tenants.store.inbox import KEEP_ASIDE_MS, KEEP_DONE_MS
from tenants.store.inbox_sqlite import Aside, InboxState, Incoming
from tenants.store.message_links import Relay
from tests.support.clock import START
from tests.support.services_env import ANNA, BORIS, ServicesEnv

T1, T2 = TenantId(11), TenantId(12)


def update(tenant: TenantId, number: int, at: int = 1) -> Incoming:
    return Incoming(tenant, number, 5, b"{}", at)


async def test_inbox_takes_each_update_once(ground: ServicesEnv) -> None:
    async with ground.db.write() as uow:
        assert await uow.inbox.add([]) == set()
        assert await uow.inbox.add([update(T1, 1), update(T1, 2), update(T2, 1)]) == {
            (T1, 1),
            (T1, 2),
            (T2, 1),
        }
        assert await uow.inbox.add([update(T1, 2), update(T1, 3)]) == {(T1, 3)}
        many = [update(T2, number) for number in range(1, 3001)]
        assert len(await uow.inbox.add(many)) == 2999
    async with ground.db.read() as uow:
        assert [row.update_id for row in await uow.inbox.pending(T1, 10)] == [1, 2, 3]


@pytest.mark.case(45)
async def test_inbox_takes_update_ids_that_go_backwards(ground: ServicesEnv) -> None:
    async with ground.db.write() as uow:
        await uow.inbox.add([update(T1, 900, at=1)])
        assert await uow.inbox.add([update(T1, 7, at=2)]) == {(T1, 7)}
        assert [row.update_id for row in await uow.inbox.pending(T1, 10)] == [900, 7]


async def test_inbox_forgets_payloads_at_once_and_rows_after_a_day(ground: ServicesEnv) -> None:
    async with ground.db.write() as uow:
        await uow.inbox.add([update(T1, 1), update(T1, 2), update(T1, 3)])
        await uow.inbox.done([(T1, 1), (T1, 2)], now_ms=1_000)
        assert [row.update_id for row in await uow.inbox.pending(T1, 10)] == [3]
        assert await uow.inbox.add([update(T1, 1)]) == set()
        assert await uow.inbox.purge_done(1_000 + KEEP_DONE_MS) == 0
        assert await uow.inbox.purge_done(1_001 + KEEP_DONE_MS) == 2
        assert await uow.inbox.add([update(T1, 1)]) == {(T1, 1)}


@pytest.mark.case(46)
async def test_inbox_quarantine_and_replay(ground: ServicesEnv) -> None:
    async with ground.db.write() as uow:
        await uow.inbox.add([update(T1, 1), update(T1, 2)])
        await uow.inbox.put_aside([Aside(T1, 1, InboxState.QUARANTINED, "ValueError")])
        assert [row.update_id for row in await uow.inbox.pending(T1, 10)] == [2]
        (poison,) = await uow.inbox.quarantined(T1)
        assert (poison.update_id, poison.payload, poison.error) == (1, b"{}", "ValueError")
        assert await uow.inbox.backlog(T1) == (1, 1)
        assert not await uow.inbox.replay(T1, 2)
        assert await uow.inbox.replay(T1, 1)
        assert [row.update_id for row in await uow.inbox.pending(T1, 10)] == [1, 2]


async def test_inbox_defers_by_person_and_requeues_unparsed(ground: ServicesEnv) -> None:
    async with ground.db.write() as uow:
        await uow.inbox.add(
            [Incoming(T1, n, 77, b"{}", n, None, InboxState.DEFERRED) for n in range(1, 6)]
        )
        await uow.inbox.add([update(T1, 9)])
        assert await uow.inbox.deferred_counts([T1, T2]) == {T1: {77: 5}}
        assert [r.update_id for r in await uow.inbox.deferred(T1, 77, (2, 2), 2)] == [3, 4]
        assert [r.update_id for r in await uow.inbox.pending(T1, 9)] == [9]
        await uow.inbox.put_aside([Aside(T1, 9, InboxState.UNPARSED, "parser 1")])
        assert await uow.inbox.requeue_unparsed("parser 1") == 0
        assert await uow.inbox.requeue_unparsed("parser 2") == 1
        assert [r.update_id for r in await uow.inbox.pending_among(T1, [9, 10])] == [9]
        await uow.inbox.put_aside([Aside(T1, 9, InboxState.QUARANTINED, "why")])
        assert await uow.inbox.purge_aside(KEEP_ASIDE_MS) == 0
        assert await uow.inbox.purge_aside(2 * KEEP_ASIDE_MS) == 1
        assert await uow.inbox.backlog(T1) == (5, 0)


async def test_leases_pass_on_with_a_higher_epoch(ground: ServicesEnv) -> None:
    async with ground.db.write() as uow:
        assert await uow.leases.acquire("bot:1", "one", 60) == 1
        assert await uow.leases.acquire("bot:1", "two", 60) is None
        assert await uow.leases.holder("bot:1") == "one"
        assert await uow.leases.renew("one", {"bot:1": 1, "bot:2": 1}, 60) == {"bot:1"}
        assert await uow.leases.renew("two", {"bot:1": 1}, 60) == set()
        await uow.leases.check("bot:1", 1)
        await uow.leases.release("bot:1", 1)
        assert await uow.leases.holder("bot:1") is None
        assert await uow.leases.acquire("bot:1", "two", 60) == 2
        with pytest.raises(OwnershipLost):
            await uow.leases.check("bot:1", 1)
        await uow.leases.release("bot:1", 1)
        assert await uow.leases.holder("bot:1") == "two"


async def test_leases_run_out_by_the_servers_clock(ground: ServicesEnv) -> None:
    async with ground.db.write() as uow:
        assert await uow.leases.acquire("bot:1", "one", 0.05) == 1
    await asyncio.sleep(0.1)
    async with ground.db.write() as uow:
        assert await uow.leases.renew("one", {"bot:1": 1}, 60) == set()
        assert await uow.leases.acquire("bot:1", "two", 60) == 2


@pytest.mark.case(59)
async def test_two_workers_at_once_get_one_lease(ground: ServicesEnv) -> None:
    async def take(holder: str) -> int | None:
        return await ground.db.run(lambda uow: uow.leases.acquire("bot:1", holder, 60))

    epochs = await asyncio.gather(*(take(f"worker {n}") for n in range(8)))
    assert sorted(epoch for epoch in epochs if epoch) == [1]


async def test_fsm(ground: ServicesEnv) -> None:
    tenant = await ground.tenant()
    record = FsmRecord(
        key="k", state="a:b", data={"имя": "x", "n": [1]}, tenant_id=tenant.id, user_id=ANNA
    )
    own = FsmRecord(key="own", state=None, data={"a": 1}, user_id=ANNA)
    async with ground.db.write() as uow:
        await uow.fsm.put(record, START)
        await uow.fsm.put(own, START)
        assert await uow.fsm.get("k") == record
        assert await uow.fsm.get("other") is None
        await uow.fsm.delete_person(ANNA, None)
        assert await uow.fsm.get("own") is None
        assert await uow.fsm.get("k") == record
        await uow.fsm.put(FsmRecord(key="k", state=None, data={}), START)
        assert await uow.fsm.get("k") is None
        await uow.fsm.put(own, START)
        assert await uow.fsm.purge(START + timedelta(days=1)) == 1


async def test_audience_and_relays(ground: ServicesEnv) -> None:
    tenant = await ground.tenant()
    relay = Relay(
        tenant_id=tenant.id,
        owner_chat_id=ChatId(1),
        owner_message_id=10,
        audience_chat_id=ChatId(BORIS),
        audience_message_id=20,
        incoming=True,
    )
    async with ground.db.write() as uow:
        await uow.audience.see(tenant.id, BORIS, START, name="B", messages=1)
        await uow.audience.set_blocked(tenant.id, BORIS, True)
        assert await uow.audience.count(tenant.id, reachable=True) == 0
        later = START + timedelta(minutes=1)
        await uow.audience.see(tenant.id, BORIS, later, name="Boris", messages=2)
        visitor = await uow.audience.get(tenant.id, BORIS)
        assert visitor is not None
        assert (visitor.name, visitor.messages, visitor.blocked) == ("Boris", 3, False)
        assert (visitor.first_seen, visitor.last_seen) == (START, later)
        assert [v.user_id for v in await uow.audience.after(tenant.id, None, 10)] == [BORIS]
        assert await uow.audience.after(tenant.id, BORIS, 10) == []
        await uow.relays.add(relay, START)
        await uow.relays.add(relay, START)
        assert await uow.relays.by_owner_message(tenant.id, ChatId(1), 10) == relay
        assert await uow.relays.by_audience_message(tenant.id, ChatId(BORIS), 20) == relay
        assert await uow.relays.by_owner_message(T2, ChatId(1), 10) is None
        await uow.relays.delete_person(tenant.id, ChatId(BORIS))
        assert await uow.relays.by_owner_message(tenant.id, ChatId(1), 10) is None
        await uow.audience.delete(tenant.id, BORIS)
        assert await uow.audience.page(tenant.id, 0, 10) == []


async def test_usage_adds_up(ground: ServicesEnv) -> None:
    tenant = await ground.tenant()
    hour = START.replace(minute=0)
    amounts = {(tenant.id, START, "updates"): 2, (T2, START, "updates"): 50}
    async with ground.db.write() as uow:
        await uow.usage.add(amounts)
        await uow.usage.add({(tenant.id, START + timedelta(minutes=50), "updates"): 3})
        await uow.usage.add({(tenant.id, START + timedelta(hours=1), "updates"): 4})
        assert await uow.usage.totals(tenant.id, START) == {"updates": 9}
        assert await uow.usage.hours(tenant.id, "updates", START) == [
            (hour, 5),
            (hour + timedelta(hours=1), 4),
        ]
        assert await uow.usage.busiest("updates", START, 1) == [(T2, 50)]
        assert await uow.usage.purge(hour + timedelta(hours=1)) == 2
        assert await uow.usage.totals(tenant.id, START) == {"updates": 4}


async def test_accounts_and_logins(ground: ServicesEnv) -> None:
    tenant = await ground.tenant()
    account = AccountRow(
        tenant_id=tenant.id,
        account_user_id=ANNA,
        display_name="Anna",
        phone_index=b"i",
        session_sealed=b"s",
        state="connected",
        connected_at=START,
        updated_at=START,
    )
    login = LoginRow(
        tenant_id=tenant.id,
        actor_id=ANNA,
        method="qr",
        step="qr",
        sealed=b"x",
        deadline=START + timedelta(minutes=5),
        created_at=START,
        updated_at=START,
    )
    async with ground.db.write() as uow:
        await uow.accounts.put(account)
        await uow.logins.put(login)
        assert await uow.accounts.get(tenant.id) == account
        assert [row[:2] for row in await uow.accounts.last_used(["connected"])] == [
            (account.tenant_id, "connected")
        ]
        assert await uow.accounts.by_phone(b"i") == [account]
        assert await uow.accounts.update(tenant.id, START, state="lost", session_sealed=None)
        assert not await uow.accounts.update(T2, START, state="lost")
        assert await uow.accounts.last_used(["connected"]) == []
        assert await uow.logins.get(tenant.id) == login
        assert await uow.logins.overdue(START) == []
        assert await uow.logins.overdue(START + timedelta(minutes=5)) == [login]
        assert await uow.logins.all() == [login]
        assert await uow.logins.delete(tenant.id)
        assert await uow.accounts.delete(tenant.id)
        assert not await uow.accounts.delete(tenant.id)


async def test_ids_are_never_used_again(sqlite_ground: ServicesEnv) -> None:
    tenant = await sqlite_ground.tenant()
    async with sqlite_ground.db.write() as uow:
        await uow.erasure.erase(tenant.id)
    assert (await sqlite_ground.tenant(UserId(9))).id > tenant.id


async def test_what_people_call_themselves_is_stored_as_far_as_it_can_be(
    ground: ServicesEnv,
) -> None:
    """K1: PostgreSQL takes no NUL and nothing too long: the message was lost."""
    tenant = (await ground.tenant()).id
    long = "en-" + "x" * 1000
    async with ground.db.write() as uow:
        await uow.audience.see(
            tenant, ANNA, START, name="A\0nna" + "n" * 999, username="a\0", language_code=long
        )
        await uow.people.see(ANNA, "A\0nna", long, START)
    async with ground.db.read() as uow:
        visitor = await uow.audience.get(tenant, ANNA)
    assert visitor is not None
    assert (visitor.name[:5], len(visitor.name)) == ("Annan", 256)
    assert (visitor.username, visitor.language_code) == ("a", long[:16])
