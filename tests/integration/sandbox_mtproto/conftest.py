"""A world with an MTProto server, and real Telethon clients for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from telethon import TelegramClient, errors
from telethon.crypto import rsa
from telethon.network import ConnectionTcpFull
from telethon.sessions import MemorySession

from sandbox.fault_injection import Fault, Faults
from sandbox.mtproto import MtprotoServer
from sandbox.world import SERVICE_ACCOUNT, Account, Chat, Content, World
from sandbox.world.logins import Logins

API = (12345, "0123456789abcdef0123456789abcdef")
PHONE = "+99966200001"

Connect = Callable[..., Awaitable[TelegramClient]]


class Box:
    """What a test plays with."""

    def __init__(self, world: World, faults: Faults, server: MtprotoServer) -> None:
        self.world = world
        self.faults = faults
        self.server = server

    def fault(self, kind: str, method: str | None = None, **more: Any) -> None:
        more.setdefault("times", 1)
        self.faults.add(Fault(protocol="mtproto", kind=kind, method=method, **more))

    def service_texts(self, account: Account) -> list[str]:
        """What Telegram itself wrote to a person."""
        chat = self.world.chat(account.id, SERVICE_ACCOUNT)
        return [message.content.text for message in chat.messages.values()]

    def say(self, sender_id: int, receiver_id: int, text: str) -> None:
        self.world.send(sender_id, self.chat(sender_id, receiver_id), Content(text=text))

    def chat(self, viewer_id: int, ref: int | str) -> Chat:
        return self.world.chat(viewer_id, ref)

    def code(self, account: Account) -> str:
        code = self.world.logins.login_code(account.id)
        assert code is not None
        return code


class Clock:
    """The world's time, which a test may push on."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def box(clock: Clock) -> AsyncIterator[Box]:
    world = World(now=clock, logins=Logins(now=clock))
    faults = Faults()
    server = MtprotoServer(world, faults)
    await server.start()
    yield Box(world, faults, server)
    await server.close()


@pytest.fixture
def ann(box: Box) -> Account:
    return box.world.add_account(first_name="Ann", phone=PHONE, username="ann_lee")


def overlook_telethons_futures(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say nothing of a lost connection that Telethon itself never asked about.

    The garbage collector would have it logged, traceback and all, at any later moment; when
    that is the middle of an import, CPython 3.11 breaks off with a SystemError.
    https://github.com/python/cpython/issues/106905
    """
    lost = (ConnectionError, asyncio.IncompleteReadError, errors.AuthKeyNotFound)
    if "never retrieved" in context["message"] and isinstance(context.get("exception"), lost):
        return
    loop.default_exception_handler(context)


@pytest.fixture
async def connect(box: Box) -> AsyncIterator[Connect]:
    """Connect an unmodified Telethon; ``session`` goes on with an earlier one's."""
    clients: list[TelegramClient] = []
    asyncio.get_running_loop().set_exception_handler(overlook_telethons_futures)

    async def connect(
        session: Any = None, connection: Any = ConnectionTcpFull, **more: Any
    ) -> TelegramClient:
        rsa.add_key(box.server.public_key_pem, old=False)
        TelegramClient._config = None  # kept by the class, with another test's port in it
        if session is None:
            session = MemorySession()
            session.set_dc(2, box.server.host, box.server.port)
        options = {
            "flood_sleep_threshold": 0,
            "request_retries": 1,
            "connection_retries": 2,
            "retry_delay": 0,
            "device_model": "Test phone",
            **more,
        }
        client = TelegramClient(session, *API, connection=connection, **options)
        clients.append(client)
        await client.connect()
        return client

    yield connect
    for client in clients:
        await client.disconnect()


@pytest.fixture
def log_in(box: Box, connect: Connect) -> Callable[..., Awaitable[TelegramClient]]:
    """Connect and log a person in by code."""

    async def log_in(account: Account, **more: Any) -> TelegramClient:
        client = await connect(**more)
        await client.send_code_request(account.phone)
        await client.sign_in(account.phone, box.code(account))
        return client

    return log_in
