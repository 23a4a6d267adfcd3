"""The server: a listening socket and what its connections share."""

from __future__ import annotations

import asyncio
import inspect
import logging
import time
from collections.abc import Callable
from typing import Any

from sandbox.faults import Faults
from sandbox.mtproto.call import Call
from sandbox.mtproto.codes import CodeWatch
from sandbox.mtproto.connection import Connection
from sandbox.mtproto.errors import RpcRefusal
from sandbox.mtproto.gate import pass_gate
from sandbox.mtproto.keys import ServerKey
from sandbox.mtproto.methods import METHODS
from sandbox.mtproto.names import refusal_of
from sandbox.mtproto.pushes import Pushes
from sandbox.mtproto.sent import Sent
from sandbox.mtproto.sessions import SessionWatch
from sandbox.mtproto.srp import Challenges
from sandbox.mtproto.streams import Streams
from sandbox.mtproto.transports import hang_up
from sandbox.world import World
from sandbox.world.errors import ApiError

log = logging.getLogger(__name__)

HOST = "127.0.0.1"


class MtprotoServer:
    """Serves a world over MTProto.

    Args:
        world: whose people log in and whose messages they see.
        faults: what is to go wrong.
        host: an address of this machine; clients are told it in help.getConfig.
        port: 0 for a free one.
    """

    def __init__(self, world: World, faults: Faults, host: str = HOST, port: int = 0) -> None:
        self.world = world
        self.faults = faults
        self.host = host
        self.port = port
        self.key = self._own_key()
        self.streams = Streams()
        self.challenges = Challenges()
        self.sent = Sent()
        self.connections: set[Connection] = set()
        self.pushes = Pushes(world, self.connections)
        self._server: asyncio.Server | None = None
        self._ends: list[Callable[[], None]] = []
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed_until = 0.0

    def _own_key(self) -> ServerKey:
        """The world's key; made on the first start and kept with the world."""
        logins = self.world.logins
        if not logins.server_key_pem:
            logins.keep_server_key(ServerKey.generate().private_pem)
        return ServerKey.from_pem(logins.server_key_pem)

    @property
    def address(self) -> str:
        """``host:port``; the port is known once the server has started."""
        return f"{self.host}:{self.port}"

    @property
    def public_key_pem(self) -> str:
        """PKCS#1 PEM, as ``telethon.crypto.rsa.add_key`` takes it."""
        return self.key.public_pem

    # --- Life ---------------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the port is used.
        """
        self._server = await asyncio.start_server(self._serve, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        watch = SessionWatch(self.world, self.connections)
        self._ends = [
            self.world.hub.listen(self.pushes.on_event),
            self.world.hub.listen(CodeWatch(self.world.logins).on_event),
            self.world.logins.listen(watch.on_event),
        ]

    async def close(self) -> None:
        """Stop listening and let every connection end."""
        while self._ends:
            self._ends.pop()()
        if self._server is not None:
            self._server.close()
        self._drop_connections()
        await self._idle.wait()

    def pause(self, seconds: float) -> None:
        """End all connections and take none for a while, as a server that restarts does."""
        self._closed_until = time.monotonic() + seconds
        self._drop_connections()

    def _drop_connections(self) -> None:
        for connection in tuple(self.connections):
            connection.reset()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if time.monotonic() < self._closed_until:
            return hang_up(writer)
        connection = Connection(self, reader, writer)
        self.connections.add(connection)
        self._idle.clear()
        try:
            await connection.run()
        finally:
            self.connections.discard(connection)
            if not self.connections:
                self._idle.set()
        return None

    # --- Calls --------------------------------------------------------------------------------

    async def dispatch(self, connection: Connection, request: Any) -> Any:
        """Run one call.

        Raises:
            RpcRefusal: it is answered with an error.
        """
        assert connection.session is not None
        call = Call(self, connection, connection.session, request)
        return await pass_gate(call, self._run)

    async def _run(self, call: Call) -> Any:
        handler = METHODS.get(type(call.request))
        if handler is None:
            log.warning("the sandbox has no %s", call.method)
            raise RpcRefusal(400, "METHOD_INVALID")
        try:
            value = handler(call)
            return await value if inspect.isawaitable(value) else value
        except ApiError as error:
            raise refusal_of(error) from error
