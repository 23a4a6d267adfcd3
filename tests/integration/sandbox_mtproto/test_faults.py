"""Each fault on demand, as Telethon meets it."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from telethon import errors, functions

from sandbox.world import Account

GET_STATE = "updates.getState"


async def ask(client: Any) -> Any:
    return await client(functions.updates.GetStateRequest())


@pytest.mark.case(63)
async def test_flood_wait(box: Any, ann: Account, connect: Any) -> None:
    client = await connect()
    box.fault("retry_after", "auth.sendCode", phone=ann.phone, seconds=3600)
    with pytest.raises(errors.FloodWaitError) as caught:
        await client.send_code_request(ann.phone)
    assert caught.value.seconds == 3600
    other = await connect()  # Telethon itself holds the first one back for the hour
    await other.send_code_request(ann.phone)


async def test_fault_of_one_phone_spares_others(box: Any, ann: Account, connect: Any) -> None:
    bob = box.world.add_account(first_name="Bob", phone="+99966200002")
    client = await connect()
    box.fault("retry_after", "*", phone="99966200001", seconds=10, times=None)
    await client.send_code_request(bob.phone)
    with pytest.raises(errors.FloodWaitError):
        await client.send_code_request(ann.phone)


async def test_error_by_name(box: Any, ann: Account, log_in: Any) -> None:
    client = await log_in(ann)
    box.fault("error", GET_STATE, error_code=403, description="USER_DEACTIVATED_BAN")
    with pytest.raises(errors.RPCError, match=r"deleted|deactivated"):
        await ask(client)
    assert await ask(client)


async def test_phone_migrate(box: Any, ann: Account, connect: Any) -> None:
    client = await connect()
    first = client.session.auth_key.key_id
    box.fault("migrate", "auth.sendCode", description="PHONE_MIGRATE_5")
    await client.send_code_request(ann.phone)
    assert (client.session.dc_id, client.session.port) == (5, box.server.port)
    assert client.session.auth_key.key_id != first
    assert (await client.sign_in(ann.phone, box.code(ann))).id == ann.id


async def test_delay_holds_up_that_call_alone(box: Any, ann: Account, log_in: Any) -> None:
    client = await log_in(ann)
    box.fault("delay", GET_STATE, seconds=600)
    slow = asyncio.get_running_loop().create_task(ask(client))
    await asyncio.sleep(0.05)
    await client.get_me()
    assert not slow.done()
    slow.cancel()
    box.fault("delay", GET_STATE, seconds=0.3)
    began = time.monotonic()
    assert await ask(client)
    assert time.monotonic() - began >= 0.3


async def test_hang_is_for_ever(box: Any, ann: Account, log_in: Any) -> None:
    client = await log_in(ann)
    box.fault("hang", GET_STATE)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(ask(client), 0.3)
    assert await ask(client)


@pytest.mark.parametrize("kind", ["reset", "garbage", "restart"])
async def test_broken_connection_is_made_anew(
    box: Any, ann: Account, log_in: Any, kind: str
) -> None:
    client = await log_in(ann)
    box.fault(kind, GET_STATE)
    assert await asyncio.wait_for(ask(client), 5)
    assert box.faults.list() == []


async def test_lost_answer_is_not_done_twice(box: Any, ann: Account, log_in: Any) -> None:
    bot = box.world.add_bot(owner_id=ann.id, name="Helper", username="helper_bot")
    client = await log_in(ann)
    peer = await client.get_input_entity("helper_bot")
    box.fault("answer_lost", "messages.sendMessage")
    with pytest.raises(ValueError, match="unsuccessful"):
        await client(functions.messages.SendMessageRequest(peer, "once", random_id=5))
    texts = [one.content.text for one in box.chat(ann.id, bot.id).messages.values()]
    assert texts == ["once"]


async def knock(box: Any) -> None:
    """Open a connection and wait for the first byte."""
    reader, writer = await asyncio.open_connection(box.server.host, box.server.port)
    try:
        await reader.read(1)
    finally:
        writer.close()


async def test_restart_takes_a_while(box: Any, ann: Account, log_in: Any) -> None:
    client = await log_in(ann, auto_reconnect=False)
    box.fault("restart", GET_STATE, seconds=0.3)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(ask(client), 5)
    with pytest.raises(ConnectionResetError):
        await knock(box)
    await asyncio.sleep(0.3)
    await client.disconnect()
    await client.connect()
    assert await ask(client)


@pytest.mark.case(61)
async def test_unknown_key(box: Any, ann: Account, log_in: Any) -> None:
    client = await log_in(ann)
    box.fault("unknown_key", GET_STATE)
    with pytest.raises(errors.AuthKeyNotFound):
        await ask(client)
    assert box.world.logins.sessions(ann.id) == []


@pytest.mark.case(61)
async def test_session_revoked(box: Any, ann: Account, log_in: Any) -> None:
    client = await log_in(ann)
    box.fault("session_revoked", GET_STATE)
    with pytest.raises(errors.UnauthorizedError):
        await ask(client)
    assert box.world.logins.sessions(ann.id) == []


@pytest.mark.case(62)
async def test_duplicated_key_is_dead(box: Any, ann: Account, log_in: Any) -> None:
    client = await log_in(ann)
    box.fault("error", GET_STATE, error_code=406, description="AUTH_KEY_DUPLICATED")
    with pytest.raises(errors.AuthKeyDuplicatedError):
        await ask(client)
    assert box.world.logins.sessions(ann.id) == []
    assert await asyncio.wait_for(_dead(client), 5)


async def _dead(client: Any) -> bool:
    try:
        await ask(client)
    except (errors.AuthKeyNotFound, ConnectionError):
        return True
    return False
