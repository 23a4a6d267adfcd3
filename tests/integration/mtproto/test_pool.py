"""Accounts are borrowed: connected on demand, closed when idle, told about when they end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from telethon.tl.functions.auth import LogOutRequest
from telethon.tl.types import MsgsAck

from mtproto.accounts.repository import AccountState
from mtproto.login.steps import NeedPhone
from sandbox.mtproto.methods import METHODS
from sandbox.mtproto.request import Call
from sandbox.world import SERVICE_ACCOUNT, Content
from tenants.domain.errors import (
    AccountBusy,
    AccountClosed,
    AccountNotConnected,
    AccountRefused,
    TelegramUnavailable,
)
from tenants.domain.ports import AccountMessage, ChannelStatistics
from tests.integration.mtproto.conftest import House


async def eventually(true: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.02)


def connections(house: House) -> int:
    return len(house.server.connections)


async def test_channel_statistics_through_a_borrowed_account(house: House) -> None:
    ann = house.person("Ann")
    channel = house.world.add_channel(ann.id, "Ann's news", "anns_news")
    for text in ("one", "two"):
        chat = house.world.chat(ann.id, channel.id)
        house.world.send(ann.id, chat, Content(text=text))
    _, tenant_id = await house.log_in(ann)
    async with house.accounts.pool.borrow(tenant_id) as account:
        found = await account.channel_statistics(["@anns_news", "no_such_channel_here"])
    [statistics] = found
    assert isinstance(statistics, ChannelStatistics)
    assert (statistics.title, statistics.username) == ("Ann's news", "anns_news")
    assert statistics.members == 1
    assert statistics.posts >= 2


async def test_who_has_no_account_borrows_nothing(house: House) -> None:
    actor, tenant_id = await house.tenant(house.person("Ann"))
    assert not await house.accounts.pool.is_connected(tenant_id)
    assert await house.accounts.pool.view(actor, tenant_id) is None
    with pytest.raises(AccountNotConnected):
        async with house.accounts.pool.borrow(tenant_id):
            pass
    await house.accounts.pool.disconnect(actor, tenant_id)


async def test_a_connection_is_shared_and_closed_when_idle(house: House) -> None:
    _, tenant_id = await house.log_in(house.person("Ann"))
    pool = house.accounts.pool
    await eventually(lambda: connections(house) == 0)
    async with pool.borrow(tenant_id), pool.borrow(tenant_id):
        assert connections(house) == 1
        house.clock.pass_by(400)
        await house.accounts.care.sweep()
        assert connections(house) == 1
    await house.accounts.care.sweep()
    assert connections(house) == 1
    house.clock.pass_by(301)
    await house.accounts.care.sweep()
    await eventually(lambda: connections(house) == 0)
    async with pool.borrow(tenant_id):
        assert connections(house) == 1


async def test_the_least_recently_used_makes_room(house: House) -> None:
    tenants = [(await house.log_in(house.person(name)))[1] for name in ("Ann", "Bob", "Cid")]
    await house.restart(pool_size=2, borrow_timeout=0.3)
    pool = house.accounts.pool
    for tenant_id in tenants:
        async with pool.borrow(tenant_id):
            pass
    await eventually(lambda: connections(house) == 2)
    async with pool.borrow(tenants[0]), pool.borrow(tenants[1]):
        with pytest.raises(AccountBusy):
            async with pool.borrow(tenants[2]):
                pass
    async with pool.borrow(tenants[2]):
        await eventually(lambda: connections(house) == 2)


async def test_a_waiting_borrower_gets_the_place_that_becomes_free(house: House) -> None:
    tenants = [(await house.log_in(house.person(name)))[1] for name in ("Ann", "Bob")]
    await house.restart(pool_size=1)
    pool = house.accounts.pool

    async def borrow() -> None:
        async with pool.borrow(tenants[1]) as account:
            await account.channel_statistics([])

    async with pool.borrow(tenants[0]):
        waiting = asyncio.get_running_loop().create_task(borrow())
        await asyncio.sleep(0.1)
        assert not waiting.done()
    async with asyncio.timeout(5):
        await waiting


@pytest.mark.case(65)
async def test_disconnecting_logs_out_before_it_erases(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.log_in(ann)
    async with house.accounts.pool.borrow(tenant_id):
        pass
    await house.accounts.pool.disconnect(actor, tenant_id)
    assert house.world.logins.sessions(ann.id) == []
    assert house.stored("SELECT count(*) FROM accounts") == [(0,)]
    assert [c.state for c in house.changes] == [AccountState.CONNECTED, AccountState.DISCONNECTED]
    assert await house.accounts.logins.begin(actor, tenant_id, "phone") == NeedPhone()


@pytest.mark.case(65)
async def test_a_log_out_that_is_not_confirmed_erases_nothing(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.log_in(ann)
    house.fault("error", "auth.logOut", error_code=500, description="INTERNAL", times=2)
    with pytest.raises(TelegramUnavailable):
        await house.accounts.pool.disconnect(actor, tenant_id)
    assert len(house.world.logins.sessions(ann.id)) == 1
    assert await house.accounts.pool.is_connected(tenant_id)
    async with house.accounts.pool.borrow(tenant_id):
        pass
    await house.accounts.pool.disconnect(actor, tenant_id)
    assert house.world.logins.sessions(ann.id) == []


@pytest.mark.case(65)
async def test_a_log_out_that_was_done_but_never_answered_is_found_out(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.log_in(ann)
    house.fault("answer_lost", "auth.logOut")
    await house.accounts.pool.disconnect(actor, tenant_id)
    assert house.world.logins.sessions(ann.id) == []
    assert house.stored("SELECT count(*) FROM accounts") == [(0,)]
    assert AccountState.LOST not in [change.state for change in house.changes]


@pytest.mark.case(61)
async def test_a_session_ended_in_devices_is_noticed_at_once(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.log_in(ann)
    async with house.accounts.pool.borrow(tenant_id):
        [session] = house.world.logins.sessions(ann.id)
        house.world.logins.revoke(ann.id, session.hash)
        await eventually(lambda: AccountState.LOST in [c.state for c in house.changes])
    assert [c.state for c in house.changes] == [AccountState.CONNECTED, AccountState.LOST]
    assert house.stored("SELECT state, session_sealed FROM accounts") == [("lost", None)]
    assert not await house.accounts.pool.is_connected(tenant_id)
    with pytest.raises(AccountNotConnected):
        async with house.accounts.pool.borrow(tenant_id):
            pass
    # And the way back is the same as the way in.
    await house.log_in_with(ann, actor, tenant_id)
    assert await house.accounts.pool.is_connected(tenant_id)


@pytest.mark.case(61)
async def test_a_session_ended_while_nobody_used_it_is_noticed_by_the_sweep(house: House) -> None:
    ann = house.person("Ann")
    _, tenant_id = await house.log_in(ann)
    [session] = house.world.logins.sessions(ann.id)
    house.world.logins.revoke(ann.id, session.hash)
    await house.accounts.care.sweep()
    assert await house.accounts.pool.is_connected(tenant_id)
    house.clock.pass_by(601)
    await house.accounts.care.sweep()
    assert house.changes[-1].state == AccountState.LOST
    assert house.stored("SELECT session_sealed FROM accounts") == [(None,)]


@pytest.mark.case(61)
async def test_a_key_telegram_no_longer_knows_is_erased(house: House) -> None:
    ann = house.person("Ann")
    _, tenant_id = await house.log_in(ann)
    [session] = house.world.logins.sessions(ann.id)
    house.world.logins.drop_key(session.key_id)
    with pytest.raises(AccountNotConnected):
        async with house.accounts.pool.borrow(tenant_id):
            pass
    [lost] = [change for change in house.changes if change.state == AccountState.LOST]
    assert lost.detail in ("AuthKeyNotFound", "AUTH_KEY_UNREGISTERED")
    assert house.stored("SELECT session_sealed FROM accounts") == [(None,)]


@pytest.mark.case(62)
async def test_a_duplicated_key_is_never_tried_again(house: House) -> None:
    ann = house.person("Ann")
    _, tenant_id = await house.log_in(ann)
    pool = house.accounts.pool
    async with pool.borrow(tenant_id) as account:
        house.fault(
            "error", "contacts.resolveUsername", error_code=406, description="AUTH_KEY_DUPLICATED"
        )
        with pytest.raises(AccountNotConnected):
            await account.channel_statistics(["anything_at_all"])
    await eventually(lambda: connections(house) == 0)
    with pytest.raises(AccountNotConnected):
        async with pool.borrow(tenant_id):
            pass
    assert connections(house) == 0
    assert house.changes[-1].detail == "AUTH_KEY_DUPLICATED"
    assert house.stored("SELECT session_sealed FROM accounts") == [(None,)]


async def test_a_banned_account_is_stopped(house: House) -> None:
    actor, tenant_id = await house.log_in(house.person("Ann"))
    async with house.accounts.pool.borrow(tenant_id) as account:
        house.fault(
            "error", "contacts.resolveUsername", error_code=401, description="USER_DEACTIVATED_BAN"
        )
        with pytest.raises(AccountNotConnected):
            await account.channel_statistics(["anything_at_all"])
    view = await house.accounts.pool.view(actor, tenant_id)
    assert view is not None
    assert view.state is AccountState.STOPPED
    with pytest.raises(AccountClosed):
        async with house.accounts.pool.borrow(tenant_id):
            pass


@pytest.mark.case(63)
async def test_a_flood_wait_holds_that_account_only_and_outlives_a_restart(house: House) -> None:
    ann, slow = await house.log_in(house.person("Ann"))
    _, quick = await house.log_in(house.person("Bob"))
    async with house.accounts.pool.borrow(slow) as account:
        house.fault("retry_after", "contacts.resolveUsername", seconds=3600)
        with pytest.raises(AccountBusy) as busy:
            async with asyncio.timeout(60):
                await account.channel_statistics(["some_channel"])
    assert busy.value.params["retry_after"] == pytest.approx(3600, abs=1)
    await house.restart()
    pool = house.accounts.pool
    with pytest.raises(AccountBusy):
        async with pool.borrow(slow):
            pass
    async with pool.borrow(quick) as account:
        assert await account.channel_statistics(["some_channel"]) == []
    view = await pool.view(ann, slow)
    assert view is not None
    assert view.busy_until is not None
    house.clock.pass_by(3601)
    async with pool.borrow(slow):
        pass


@pytest.mark.case(60)
async def test_what_was_missed_during_a_restart_is_caught_up_with(house: House) -> None:
    ann, bob = house.person("Ann"), house.person("Bob")
    _, tenant_id = await house.log_in(ann)
    heard: list[str] = []

    async def hear(message: AccountMessage) -> None:
        assert message.tenant_id == tenant_id
        heard.append(message.text)

    house.accounts.pool.listen(hear)
    async with house.accounts.pool.borrow(tenant_id):
        house.say(bob.id, ann.id, "before")
        await eventually(lambda: "before" in heard)
    await house.accounts.stop()
    for number in range(5):
        house.say(bob.id, ann.id, f"missed {number}")
    await house.begin()
    house.accounts.pool.listen(hear)
    async with house.accounts.pool.borrow(tenant_id):
        await eventually(lambda: "missed 4" in heard)
        house.say(bob.id, ann.id, "after")
        await eventually(lambda: "after" in heard)
    assert sorted(heard) == sorted(["before", *(f"missed {n}" for n in range(5)), "after"])


@pytest.mark.case(66)
async def test_telegrams_own_notices_reach_nobody(house: House) -> None:
    ann = house.person("Ann")
    bob = house.world.add_account(first_name="Bob", username="bob_the_friend")
    _, tenant_id = await house.log_in(ann)
    heard: list[str] = []

    async def hear(message: AccountMessage) -> None:
        heard.append(message.text)

    house.accounts.pool.listen(hear)
    notices = house.notices(ann)
    assert any("code" in notice.lower() for notice in notices)
    async with house.accounts.pool.borrow(tenant_id) as account:
        house.say(SERVICE_ACCOUNT, ann.id, "Login code: 12345")
        house.say(SERVICE_ACCOUNT, bob.id, "Login code: 54321")
        notices_of_bob = house.world.chat(bob.id, SERVICE_ACCOUNT)
        house.world.forward(
            bob.id, house.world.chat(bob.id, ann.id), notices_of_bob, notices_of_bob.messages
        )
        house.say(bob.id, ann.id, "hello")
        await eventually(lambda: "hello" in heard)
        assert heard == ["hello"]
        read = await account.recent_messages("@bob_the_friend")
        assert [(message.text, message.sender_id) for message in read] == [("hello", bob.id)]
        with pytest.raises(AccountRefused):
            await account.recent_messages("no_such_person_here")


async def test_an_account_of_a_switched_off_bot_is_let_go(house: House) -> None:
    actor, tenant_id = await house.log_in(house.person("Ann"))
    async with house.accounts.pool.borrow(tenant_id):
        pass
    await house.services.lifecycle.pause(actor, tenant_id, None)
    await eventually(lambda: connections(house) == 0)
    with pytest.raises(AccountNotConnected):
        async with house.accounts.pool.borrow(tenant_id):
            pass
    await house.services.lifecycle.unpause(actor, tenant_id, None)
    async with house.accounts.pool.borrow(tenant_id):
        pass


async def test_erasing_a_tenant_logs_its_account_out(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.log_in(ann)
    await house.services.lifecycle.erase(actor, tenant_id, None)
    await house.services.lifecycle.finish_erasure(tenant_id)
    assert house.world.logins.sessions(ann.id) == []


async def test_a_lost_network_is_no_lost_session(house: House) -> None:
    ann = house.person("Ann")
    _, tenant_id = await house.log_in(ann)
    pool = house.accounts.pool
    async with pool.borrow(tenant_id) as account:
        house.server.pause(0.2)
        assert await account.channel_statistics([]) == []
    async with pool.borrow(tenant_id) as account:
        assert await account.channel_statistics(["nobody_has_this_name"]) == []
    assert await pool.is_connected(tenant_id)


async def test_a_session_of_another_server_is_left_alone(house: House) -> None:
    _, tenant_id = await house.log_in(house.person("Ann"))
    await house.restart(server=None)
    with pytest.raises(AccountNotConnected) as refused:
        async with house.accounts.pool.borrow(tenant_id):
            pass
    assert refused.value.params["state"] == "other_server"
    assert await house.accounts.pool.is_connected(tenant_id)


async def test_a_login_right_after_another_ended(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.log_in(ann)
    await house.accounts.pool.disconnect(actor, tenant_id)
    await house.log_in_with(ann, actor, tenant_id)
    async with house.accounts.pool.borrow(tenant_id):
        pass


@pytest.mark.case(65)
async def test_an_acknowledged_log_out_is_not_taken_for_a_done_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telethon counts the bare acknowledgement of auth.logOut as success."""

    async def acknowledge_only(call: Call) -> None:
        stream = call.connection.stream
        assert stream is not None
        call.connection.send(MsgsAck(list(stream._seen)), content=False)
        await asyncio.Event().wait()

    monkeypatch.setitem(METHODS, LogOutRequest, acknowledge_only)
    ann = house.person("Ann")
    actor, tenant_id = await house.log_in(ann)
    with pytest.raises(TelegramUnavailable):
        async with asyncio.timeout(5):
            await house.accounts.pool.disconnect(actor, tenant_id)
    assert len(house.world.logins.sessions(ann.id)) == 1
    assert await house.accounts.pool.is_connected(tenant_id)
