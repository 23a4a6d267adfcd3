"""The server: a listening socket and the state shared by connections."""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
import time
from collections.abc import Callable
from typing import Any

from sandbox.fault_injection import Faults
from sandbox.mtproto.connection import Connection
from sandbox.mtproto.error_names import refusal_of
from sandbox.mtproto.errors import RpcRefusal
from sandbox.mtproto.fault_gate import pass_gate
from sandbox.mtproto.file_parts import Uploads
from sandbox.mtproto.login_code_watch import CodeWatch
from sandbox.mtproto.methods import METHODS
from sandbox.mtproto.random_ids import Sent
from sandbox.mtproto.request import Call
from sandbox.mtproto.server_key import ServerKey
from sandbox.mtproto.session_registry import Streams
from sandbox.mtproto.session_watch import SessionWatch
from sandbox.mtproto.srp import Challenges
from sandbox.mtproto.transports import hang_up
from sandbox.mtproto.update_push import Pushes
from sandbox.world import World
from sandbox.world.errors import ApiError
from sandbox.world.login_models import HOME_DC

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
OTHER_DC = 4
"""A second data centre, at an address of its own."""
REPLACED_WITHIN = 0.3
"""Seconds until a closed connection is detected."""


class MtprotoServer:
    """Serves a world over MTProto.

    Args:
        world: whose people log in and whose messages they see.
        faults: active faults.
        host: an address of this machine; clients get it in help.getConfig.
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
        self.uploads = Uploads()
        self.most_connections_per_key: int | None = None
        """One more ends the key (AUTH_KEY_DUPLICATED); None: any number."""
        self.connections: set[Connection] = set()
        self.pushes = Pushes(world, self.connections)
        self.other_port = 0
        """Where the data centre :data:`OTHER_DC` is; known once the server has started."""
        self._servers: list[asyncio.Server] = []
        self._ends: list[Callable[[], None]] = []
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed_until = 0.0

    def _own_key(self) -> ServerKey:
        """The world's key; made on the first start and stored with the world."""
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

    # --- Lifecycle ----------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the port is used.
        """
        self.port = await self._listen(HOME_DC, self.port)
        self.other_port = await self._listen(OTHER_DC, self.other_port)
        watch = SessionWatch(self.world, self.connections)
        self._ends = [
            self.world.hub.listen(self.pushes.on_event),
            self.world.hub.listen(CodeWatch(self.world.logins).on_event),
            self.world.logins.listen(watch.on_event),
        ]

    async def _listen(self, dc: int, port: int) -> int:
        serve = functools.partial(self._serve, dc)
        server = await asyncio.start_server(serve, self.host, port)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    def port_of(self, dc: int) -> int:
        """Of a data centre; all but one share an address."""
        return self.other_port if dc == OTHER_DC else self.port

    async def close(self) -> None:
        """Stop listening and let every connection end."""
        while self._ends:
            self._ends.pop()()
        while self._servers:
            self._servers.pop().close()
        self._drop_connections()
        await self._idle.wait()

    def pause(self, seconds: float) -> None:
        """Close all connections and accept none for a while, as a restarting server does."""
        self._closed_until = time.monotonic() + seconds
        self._drop_connections()

    def _drop_connections(self) -> None:
        for connection in tuple(self.connections):
            connection.reset()

    async def _serve(
        self, dc: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if time.monotonic() < self._closed_until:
            return hang_up(writer)
        connection = Connection(self, dc, reader, writer)
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
        await self._check_key(connection)
        call = Call(self, connection, connection.session, request)
        return await pass_gate(call, self._run)

    async def _check_key(self, connection: Connection) -> None:
        """End a key that is used by too many connections.

        https://core.telegram.org/api/errors#406-not-acceptable
        """
        most = self.most_connections_per_key
        if most is None or self._using(connection) <= most:
            return
        await asyncio.sleep(REPLACED_WITHIN)
        if self._using(connection) > most:
            refusal = RpcRefusal(406, "AUTH_KEY_DUPLICATED")
            refusal.fatal = True
            raise refusal

    def _using(self, connection: Connection) -> int:
        """How many connections use this one's key."""
        return sum(
            one.session is connection.session and not one.is_closing for one in self.connections
        )

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
