"""Sessions: gone on with, listed, ended, and kept over a restart of the sandbox."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from telethon import TelegramClient, errors, functions
from telethon.crypto import rsa
from telethon.sessions import StringSession

from sandbox.app import Sandbox
from sandbox.fault_injection import Faults
from sandbox.mtproto import MtprotoServer
from sandbox.world import Account, SessionsChanged, World, WorldEvent


async def cut_off(client: TelegramClient) -> None:
    """Wait until the server has closed the connection."""
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await asyncio.wait_for(client.disconnected, 20)


async def test_session_is_gone_on_with(box: Any, ann: Account, log_in: Any, connect: Any) -> None:
    client = await log_in(ann)
    text = StringSession.save(client.session)
    await client.disconnect()
    again = await connect(StringSession(text))
    assert (await again.get_me()).id == ann.id
    assert len(box.world.logins.sessions(ann.id)) == 1


async def test_list_and_reset(box: Any, ann: Account, log_in: Any) -> None:
    changed: list[int] = []

    def note(event: WorldEvent) -> None:
        if isinstance(event, SessionsChanged):
            changed.append(event.account_id)

    box.world.hub.listen(note)
    phone = await log_in(ann, device_model="Phone")
    laptop = await log_in(ann, device_model="Laptop", auto_reconnect=False)
    listed = (await phone(functions.account.GetAuthorizationsRequest())).authorizations
    assert {one.device_model: bool(one.current) for one in listed} == {
        "Phone": True,
        "Laptop": False,
    }
    other = next(one for one in listed if not one.current)
    assert await phone(functions.account.ResetAuthorizationRequest(other.hash))
    await cut_off(laptop)
    assert [one.device for one in box.world.logins.sessions(ann.id)] == ["Phone"]
    assert changed == [ann.id] * 3
    with pytest.raises(errors.RPCError, match=r"HASH_INVALID|hash"):
        await phone(functions.account.ResetAuthorizationRequest(other.hash))


@pytest.mark.case(61)
async def test_revoked_on_a_live_connection(box: Any, ann: Account, log_in: Any) -> None:
    client = await log_in(ann)
    session = box.world.logins.sessions(ann.id)[0]
    box.world.logins.revoke(ann.id, session.hash)
    await asyncio.sleep(0.2)
    with pytest.raises(errors.AuthKeyUnregisteredError):
        await client(functions.updates.GetStateRequest())
    assert await client.get_me() is None


async def test_reset_of_all_others(box: Any, ann: Account, log_in: Any) -> None:
    one = await log_in(ann, device_model="One")
    await log_in(ann, device_model="Two", auto_reconnect=False)
    await log_in(ann, device_model="Three", auto_reconnect=False)
    assert await one(functions.auth.ResetAuthorizationsRequest())
    assert [session.device for session in box.world.logins.sessions(ann.id)] == ["One"]


@pytest.mark.case(65)
async def test_log_out(box: Any, ann: Account, log_in: Any, connect: Any) -> None:
    client = await log_in(ann)
    text = StringSession.save(client.session)
    assert await client(functions.auth.LogOutRequest())
    assert box.world.logins.sessions(ann.id) == []
    again = await connect(StringSession(text))
    assert not await again.is_user_authorized()


async def test_restart_of_the_sandbox_logs_nobody_out(
    box: Any, ann: Account, log_in: Any, connect: Any
) -> None:
    client = await log_in(ann)
    box.world.logins.set_password(ann.id, "secret", "the usual")
    text = StringSession.save(client.session)
    await client.disconnect()
    state = json.loads(json.dumps(box.world.logins.to_state()))

    world = World()
    world.restore(box.world.state)
    world.logins.from_state(state)
    server = MtprotoServer(world, Faults())
    assert server.public_key_pem == box.server.public_key_pem
    await server.start()
    session = StringSession(text)
    session.set_dc(2, server.host, server.port)
    try:
        again = await connect(session)
        assert (await again.get_me()).id == ann.id
        assert world.logins.to_state()["passwords"] == state["passwords"]
        await again.disconnect()
    finally:
        await server.close()


async def _saved(file: Path, text: str) -> bytes:
    """The state file as soon as it holds ``text``, the last thing that was said."""
    while True:
        saved = file.read_bytes() if file.exists() else b""
        if json.dumps(text).encode() in saved:
            return saved
        await asyncio.sleep(0.02)


async def test_killed_sandbox_comes_back_with_everybody_in(tmp_path: Path, connect: Any) -> None:
    """The file as it lay when the process was killed, not as a clean end leaves it."""
    file = tmp_path / "state.json"
    async with Sandbox(state_file=file) as sandbox:
        address = sandbox.mtproto_address
        ann = sandbox.world.add_account(first_name="Ann")
        bot = sandbox.world.add_bot(owner_id=ann.id, name="Bot", username="some_bot")
        rsa.add_key(sandbox.public_key_pem, old=False)
        host, _, port = address.rpartition(":")
        session = StringSession()
        session.set_dc(2, host, int(port))
        client = await connect(session)
        await client.send_code_request(ann.phone)
        await client.sign_in(ann.phone, sandbox.world.logins.login_code(ann.id))
        seen = await client(functions.updates.GetStateRequest())
        await client.disconnect()
        sandbox.world.start(ann.id, bot.id)
        killed = await _saved(file, "/start")
    file.write_bytes(killed)
    async with Sandbox(state_file=file, mtproto=address):
        again = await connect(session)
        assert (await again.get_me()).first_name == "Ann"
        missed = await again(functions.updates.GetDifferenceRequest(seen.pts, seen.date, 0))
        assert [one.message for one in missed.new_messages] == ["/start"]
        await again.disconnect()


async def test_destroyed_key_is_unknown(box: Any, ann: Account, log_in: Any, connect: Any) -> None:
    client = await log_in(ann)
    text = StringSession.save(client.session)
    await client.disconnect()
    box.world.logins.drop_key(box.world.logins.sessions(ann.id)[0].key_id)
    with pytest.raises(errors.AuthKeyNotFound):
        await connect(StringSession(text))


async def test_close_ends_connections(box: Any, ann: Account, log_in: Any) -> None:
    client = await log_in(ann, auto_reconnect=False)
    await asyncio.wait_for(box.server.close(), 20)
    await cut_off(client)
    assert box.server.connections == set()


async def test_many_log_in_at_once(box: Any, log_in: Any) -> None:
    people = [box.world.add_account(first_name=f"P{number}") for number in range(12)]
    clients = await asyncio.gather(*(log_in(one) for one in people))
    seen = await asyncio.gather(*(client.get_me() for client in clients))
    assert [one.id for one in seen] == [one.id for one in people]
