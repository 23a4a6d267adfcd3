"""Applies faults to a call before its handler runs."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from typing import Any

from telethon.tl import types

from sandbox.fault_injection import Fault
from sandbox.mtproto.error_names import refusal_of
from sandbox.mtproto.errors import RpcRefusal
from sandbox.mtproto.methods.auth import send_code
from sandbox.mtproto.request import Call
from sandbox.world.errors import ApiError
from sandbox.world.logins import SentBy

OTHER_DC = 4
FLOOD_SECONDS = 30
ERROR_SHAPE = re.compile(r"[A-Z][A-Z0-9_]*")
GARBAGE_BYTES = 64
WIRE = ("delay", "hang", "answer_lost", "reset", "garbage", "restart", "unknown_key")


async def pass_gate(call: Call, run: Callable[[Call], Awaitable[Any]]) -> Any:
    """Answer a call by ``run``, unless a fault applies.

    Raises:
        RpcRefusal: the fault is an error, or the call was refused.
    """
    fault = call.server.faults.take("mtproto", call.method, phone=call.phone or None)
    if fault is None:
        return await run(call)
    if fault.kind in WIRE:
        await _on_the_wire(call, fault, run)
        return await run(call)
    return _instead(call, fault)


async def _on_the_wire(call: Call, fault: Fault, run: Callable[[Call], Awaitable[Any]]) -> None:
    """Faults of the connection. Returns if the call continues."""
    match fault.kind:
        case "delay":
            return await asyncio.sleep(fault.seconds or 0)
        case "hang" if fault.seconds:
            return await asyncio.sleep(fault.seconds)
        case "answer_lost":
            await run(call)
            call.connection.reset()
        case "reset":
            call.connection.reset()
        case "garbage":
            call.connection.send_packet(os.urandom(GARBAGE_BYTES))
            call.connection.close()
        case "restart":
            call.server.pause(fault.seconds or 0)
        case "unknown_key":
            call.logins.keys.pop(call.session.key_id, None)
            call.connection.say_key_unknown()
    return await _never()


def _instead(call: Call, fault: Fault) -> object:
    """Faults that replace the answer."""
    match fault.kind:
        case "session_revoked":
            call.logins.end(call.session)
            raise RpcRefusal(401, "SESSION_REVOKED")
        case "migrate":
            return _migrate(call, fault)
        case "sent_code":
            return _send_code_by(call, fault)
        case "retry_after":
            raise RpcRefusal(420, f"FLOOD_WAIT_{int(fault.seconds or FLOOD_SECONDS)}")
    raise _error(fault)


async def _never() -> None:
    """Wait until the connection ends and cancels this call."""
    await asyncio.Event().wait()


def _migrate(call: Call, fault: Fault) -> object:
    """Send the client to another data centre, which is this server too."""
    given = re.search(r"([0-9]+)$", fault.description or "")
    dc = int(given[1]) if given else OTHER_DC
    if call.method == "auth.exportLoginToken":
        token = call.logins.new_token(call.session.key_id)
        token.account_id = call.session.account_id
        call.logins.end(call.session, by_itself=True)
        moved: object = types.auth.LoginTokenMigrateTo(dc, token.token)
        return moved
    account = next((a for a in call.world.state.accounts.values() if a.phone == call.phone), None)
    if account is not None and dc == OTHER_DC:
        call.logins.move(account.id, dc)
    whose = "PHONE" if call.method.startswith("auth.") else "USER"
    raise RpcRefusal(303, f"{whose}_MIGRATE_{dc}")


def _send_code_by(call: Call, fault: Fault) -> object:
    """Send the code by the fault's type."""
    if call.method != "auth.sendCode":
        raise RpcRefusal(400, "METHOD_INVALID")
    try:
        return send_code(call, SentBy(fault.description or ""))
    except ApiError as error:
        raise refusal_of(error) from error


def _error(fault: Fault) -> RpcRefusal:
    """The error as described; AUTH_KEY_DUPLICATED ends the key, as on Telegram."""
    name = fault.description or fault.kind
    if not ERROR_SHAPE.fullmatch(name):
        name = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")
    refusal = RpcRefusal(fault.error_code or 500, name)
    refusal.fatal = name == "AUTH_KEY_DUPLICATED"
    return refusal
