"""The assembled sandbox: world, endpoints, faults, state file."""

from __future__ import annotations

import ipaddress
import ssl
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from sandbox import botapi, control_api
from sandbox.botfather.bot import BotFather
from sandbox.call_log import CallLog
from sandbox.endpoints import ENDPOINTS, Endpoints
from sandbox.fault_injection import Faults
from sandbox.mtproto import MtprotoServer
from sandbox.seed import seed
from sandbox.state_file import StateFile
from sandbox.world import World
from sandbox.world.logins import Logins

BIGGEST_BODY = 60 * 2**20
"""Bytes of a request; Telegram accepts files of 50 MB."""
LONGEST_LINE = 2**18
"""Bytes of a request's first line: queries may contain a keyboard."""
LOGIN_CODE_SECONDS = 300.0
HURRY = 0.02
"""Factor of the pauses in a fast sandbox."""


class Sandbox:
    """A simulated Telegram; an async context manager.

    Args:
        listen: ``host:port`` of the Bot API, the control API and the web page; port 0 selects
            a free one.
        mtproto: ``ip:port`` of the MTProto endpoint.
        seed: ``empty``, or ``demo`` for the demo's people. A restored world is not seeded again.
        state_file: where the world is stored; None keeps it in memory only.
        fast: pauses (of webhooks) are a fiftieth, for tests.
        login_code_ttl: seconds a login code is valid.
        limits: apply Telegram's flood limits (30/s a bot, 1/s a chat, 20/min a group).
        strict: refuse content as Telegram does; without it texts and entities are accepted
            unchanged and cut to the limits.
        ssl_context: serve HTTPS.
        now: its clock, seconds of the epoch: dates of messages, and what has expired.
    """

    def __init__(
        self,
        *,
        listen: str = "127.0.0.1:0",
        mtproto: str = "127.0.0.1:0",
        seed: str = "empty",
        state_file: Path | None = None,
        fast: bool = False,
        login_code_ttl: float = LOGIN_CODE_SECONDS,
        limits: bool = False,
        strict: bool = True,
        ssl_context: ssl.SSLContext | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        logins = Logins(now=now, code_ttl=login_code_ttl)
        self.world = World(now=now, logins=logins, strict=strict)
        self.faults = Faults()
        self.log = CallLog()
        self.doors = Endpoints()
        self._listen = address(listen)
        self._mtproto = address(mtproto)
        self._seed = seed
        self._state_file = state_file
        self._ssl = ssl_context
        self._limits = limits
        self._pace = HURRY if fast else 1.0
        self._stack = AsyncExitStack()

    @property
    def url(self) -> str:
        return self.doors.url

    @property
    def mtproto_address(self) -> str:
        return self.doors.mtproto

    @property
    def public_key_pem(self) -> str:
        return self.doors.public_key_pem

    async def __aenter__(self) -> Self:
        """Start all endpoints.

        Raises:
            OSError: a port is in use.
            ValueError: the state file cannot be read.
        """
        async with AsyncExitStack() as stack:
            await self._open(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def _open(self, stack: AsyncExitStack) -> None:
        app = web.Application(client_max_size=BIGGEST_BODY)
        app[ENDPOINTS] = self.doors
        bots = botapi.add_routes(
            app, self.world, self.faults, self.log, pace=self._pace, limits=self._limits
        )
        control_api.add_routes(app, self.world, self.faults, self.log, bots)
        restored = self._restore(stack, bots)
        stack.callback(BotFather(self.world).close)
        if not restored:
            seed(self.world, self._seed)
        mtproto = MtprotoServer(self.world, self.faults, *self._mtproto)
        await mtproto.start()
        stack.push_async_callback(mtproto.close)
        self.doors.mtproto = mtproto.address
        self.doors.public_key_pem = mtproto.public_key_pem
        await self._serve(stack, app)

    def _restore(self, stack: AsyncExitStack, bots: botapi.BotApi) -> bool:
        if self._state_file is None:
            return False
        keeper = StateFile(self._state_file, self.world, bots.mailboxes)
        restored = keeper.load()
        keeper.watch()
        stack.callback(keeper.close)
        return restored

    async def _serve(self, stack: AsyncExitStack, app: web.Application) -> None:
        runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=1.0, max_line_size=LONGEST_LINE
        )
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        host, port = self._listen
        await web.TCPSite(
            runner, host, port, ssl_context=self._ssl, backlog=4096, reuse_address=True
        ).start()
        bound = runner.addresses[0]
        shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
        self.doors.url = f"{'https' if self._ssl else 'http'}://{shown}:{bound[1]}"


def address(text: str) -> tuple[str, int]:
    """Read ``host:port``. Only loopback addresses are accepted: the sandbox has no access
    control.

    Raises:
        ValueError: it is not that.
    """
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise ValueError(f"{text!r} is not host:port")
    host = host.strip("[]")
    if not _is_loopback(host):
        raise ValueError(f"{text!r} can be reached from elsewhere; take 127.0.0.1 or [::1]")
    return host, int(port)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
