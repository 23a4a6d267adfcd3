"""Telethon's client with deadlines, without silent sleeps and without secrets in logs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, Final

import structlog
from telethon import TelegramClient, functions, types
from telethon.errors import (
    AuthKeyDuplicatedError,
    AuthKeyNotFound,
    SrpIdInvalidError,
    SrpPasswordChangedError,
)
from telethon.password import compute_check
from telethon.tl import TLObject

from mtproto.client.error_map import Kind, classify
from mtproto.client.server_address import TELEGRAM, ApiCredentials, ServerAddress
from mtproto.client.session import SealedSession

log = structlog.get_logger(__name__)

CALL_TIMEOUT: Final = 30.0
CONNECT_TIMEOUT: Final = 40.0
SHUT_TIMEOUT: Final = 5.0
PARTING_TIMEOUT: Final = 10.0
"""Seconds for all requests that end a login or session, so that an erasure does not wait for
a network that hangs."""
DEVICE_MODEL: Final = "Controlbot"
SYSTEM_VERSION: Final = "Server"
APP_VERSION: Final = "0.1"


class _TelethonLogger(logging.Logger):
    """Replaces Telethon's loggers. Requests hold codes and phone numbers: only their class
    names are logged. Telethon logs much on every connection, so the level is WARNING."""

    def __init__(self) -> None:
        super().__init__("mtproto.telethon", logging.WARNING)
        self.parent = logging.getLogger("mtproto")

    def getChild(self, suffix: str) -> _TelethonLogger:  # noqa: ARG002, N802
        return self

    def makeRecord(self, *args: Any, **kwargs: Any) -> logging.LogRecord:  # noqa: N802
        record = super().makeRecord(*args, **kwargs)
        if isinstance(record.args, tuple):
            record.args = tuple(
                type(arg).__name__ if isinstance(arg, (TLObject, BaseException)) else arg
                for arg in record.args
            )
        record.exc_info = None
        return record


class AccountClient(TelegramClient):  # type: ignore[misc]  # Telethon has no types
    """One person's account over one connection.

    ``on_lost`` is called when the session is found ended after a reconnect, ``on_moved`` when
    it has a new key in another data centre, which must be saved.
    """

    session: SealedSession

    def __init__(self, session: SealedSession, *, ipv6: bool, catch_up: bool) -> None:
        super().__init__(
            session,
            session.api.api_id,
            session.api.api_hash.reveal(),
            use_ipv6=ipv6,
            request_retries=1,
            connection_retries=3,
            flood_sleep_threshold=0,
            raise_last_call_error=True,
            device_model=DEVICE_MODEL,
            system_version=SYSTEM_VERSION,
            app_version=APP_VERSION,
            base_logger=_TelethonLogger(),
            catch_up=catch_up,
        )
        self._sealed = session
        self._moving = asyncio.Lock()
        self.on_lost: Callable[[BaseException], None] | None = None
        self.on_moved: Callable[[], None] | None = None

    async def open(self) -> None:
        """Connect; on failure nothing is left open. Raises Telethon's errors."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await _own(self.connect())
        except BaseException:
            await self.shut()
            raise

    async def shut(self) -> bytes:
        """Disconnect. Returns the session to store, update state included."""
        try:
            async with asyncio.timeout(SHUT_TIMEOUT):
                await self.disconnect()
                with contextlib.suppress(Exception):
                    await self.disconnected  # Its error, if any, was raised to its caller.
        except TimeoutError:
            self.cut()
        return self._sealed.to_bytes()

    def cut(self) -> None:
        """Close the connection immediately and permanently, sending nothing: the socket is
        closed before this returns and nothing reconnects."""
        sender = self._sender
        if sender is None:
            return
        sender._auto_reconnect = False
        sender._user_connected = False
        if sender._reconnect_task is not None:
            sender._reconnect_task.cancel()
        writer = getattr(sender._connection, "_writer", None)
        if writer is not None:
            writer.transport.abort()

    def snapshot(self) -> bytes:
        return self._sealed.to_bytes()

    async def call(self, request: Any, timeout: float = CALL_TIMEOUT) -> Any:  # noqa: ASYNC109
        """Send one request and wait ``timeout`` seconds at most. Raises Telethon's errors or
        TimeoutError."""
        try:
            async with asyncio.timeout(timeout):
                return await _own(self(request))
        except (AuthKeyDuplicatedError, AuthKeyNotFound):
            # Telethon would keep reconnecting with a key that was not saved.
            self.cut()
            raise

    async def who(self, timeout: float = CALL_TIMEOUT) -> Any:  # noqa: ASYNC109
        """The account's own user. Unlike ``get_me`` it raises Telegram's error.

        Raises:
            ConnectionError: an answer without a user, which does not prove the session's end.
        """
        request = functions.users.GetUsersRequest([types.InputUserSelf()])
        users = await self.call(request, timeout)
        found = next((user for user in users if isinstance(user, types.User)), None)
        if found is None:
            raise ConnectionError("Telegram's answer contains no user")
        self._authorized = True
        return found

    async def admitted(self, user: Any) -> None:
        """Mark the client as logged in, as Telethon's own ``sign_in`` does."""
        await _own(self._on_login(user))

    async def prove_password(self, password: str) -> Any:
        """Two-step verification. The proof takes about 170 ms of CPU, so a thread computes it.

        https://core.telegram.org/api/srp
        """
        for left in (True, False):
            asked = await self.call(functions.account.GetPasswordRequest())
            proof: Any = types.InputCheckPasswordEmpty()
            if asked.has_password:
                proof = await asyncio.to_thread(compute_check, asked, password)
            try:
                return await self.call(functions.auth.CheckPasswordRequest(proof))
            except (SrpIdInvalidError, SrpPasswordChangedError):
                # The SRP parameters have expired: fetch new ones, once.
                if not left:
                    raise
        raise AssertionError("unreachable")

    async def follow(self, dc: int) -> None:
        """Move to another data centre, with a new key. A failed move leaves nothing open;
        the next :meth:`open` connects to the new data centre."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await _own(self._switch_dc(dc))
        except BaseException:
            await self.shut()
            raise

    async def _switch_dc(self, new_dc: int) -> Any:
        """Called by Telethon after a 303. Its own version drops the key, which would end the
        session of a logged-in account: here the authorization is transferred.

        https://core.telegram.org/api/datacenter#authorization-transfer
        """
        if not self._authorized:
            return await super()._switch_dc(new_dc)
        async with self._moving:
            await self._take_along(new_dc)
        if self.on_moved is not None:
            self.on_moved()
        return None

    async def _take_along(self, new_dc: int) -> None:
        before = self.session.dc_id, self.session.server_address, self.session.port
        key = self.session.auth_key
        exported = await self.call(functions.auth.ExportAuthorizationRequest(new_dc))
        try:
            await super()._switch_dc(new_dc)
            await self.call(functions.auth.ImportAuthorizationRequest(exported.id, exported.bytes))
        except BaseException:
            await self.shut()
            self.session.set_dc(*before)
            self.session.auth_key = key
            raise

    async def log_out(self) -> bool:
        """End the session at Telegram; True only when confirmed.

        Telethon takes the acknowledgement of auth.logOut for its answer, so a second request
        checks that the key is no longer valid.
        https://core.telegram.org/method/auth.logOut
        """
        answer = await self.call(functions.auth.LogOutRequest())
        if isinstance(answer, types.auth.LoggedOut):
            return True
        try:
            await self.who()
        except Exception as error:
            return classify(error).kind is Kind.LOST
        return False

    async def leave(self) -> None:
        """End what a login has created at Telegram: a session or only a key. Best effort."""
        try:
            async with asyncio.timeout(PARTING_TIMEOUT):
                try:
                    await self.who()
                except (ConnectionError, TimeoutError):
                    raise
                except Exception:  # no account is logged in with this key
                    await self.destroy_key()
                else:
                    await self.log_out()
        except Exception as error:
            log.info("key not destroyed at Telegram", error=classify(error).name)

    async def is_frozen(self) -> bool:
        """Whether Telegram has made this account read-only.

        https://core.telegram.org/api/auth#frozen-accounts
        """
        answer = await self.call(functions.help.GetAppConfigRequest(0))
        entries = getattr(getattr(answer, "config", None), "value", ())
        since = next((item.value for item in entries if item.key == "freeze_since_date"), None)
        return bool(getattr(since, "value", 0))

    async def destroy_key(self) -> None:
        """Destroy a key at Telegram that no account is logged in with; auth.logOut refuses it.

        TDLib does the same (AuthManager::log_out).
        https://core.telegram.org/mtproto/service_messages
        """
        await self.call(functions.DestroyAuthKeyRequest())

    async def ended(self) -> BaseException | None:
        """Wait until the connection has ended. Returns the error, or None when closed here."""
        while True:
            try:
                await _own(self.disconnected)
            except Exception as error:
                return error
            if not self._moving.locked():
                break
            async with self._moving:
                """Wait until it is connected to another data centre."""
        updates_error: BaseException | None = self._updates_error
        return updates_error

    async def _handle_auto_reconnect(self) -> None:
        """Called by Telethon after each reconnect. Its own version ignores an ended session."""
        try:
            await self.call(functions.updates.GetStateRequest())
        except Exception as error:
            if classify(error).kind in (Kind.LOST, Kind.STOPPED) and self.on_lost is not None:
                self.on_lost(error)


class ClientFactory:
    """Creates clients for one server: Telegram's or the sandbox."""

    def __init__(self, server: ServerAddress | None = None) -> None:
        self._server = server
        # Telethon caches the list of data centres in the class: one class per server, so that
        # one server's addresses are never used for another.
        self._class = type("AccountClient", (AccountClient,), {"_config": None})
        if server is not None:
            server.trust()

    @property
    def identity(self) -> str:
        return self._server.identity if self._server else TELEGRAM

    def new_session(self, api: ApiCredentials) -> SealedSession:
        session = SealedSession(server=self.identity, api=api)
        self._address(session)
        return session

    def restore(self, plain: bytes) -> SealedSession | None:
        """A stored session; None when it belongs to another server."""
        session = SealedSession.from_bytes(plain)
        if session.server != self.identity:
            return None
        self._address(session)
        return session

    def client(self, session: SealedSession, *, catch_up: bool = False) -> AccountClient:
        ipv6 = self._server is not None and self._server.ipv6
        client: AccountClient = self._class(session, ipv6=ipv6, catch_up=catch_up)
        return client

    def _address(self, session: SealedSession) -> None:
        """A sandbox server may use another port than when the session was made."""
        if self._server is not None:
            dc = session.dc_id or self._server.dc
            session.set_dc(dc, self._server.ip, self._server.port)


async def _own(awaitable: Any) -> Any:
    """Await Telethon. On a disconnect it cancels its futures, which would look as if the
    caller had been cancelled: that becomes a ConnectionError."""
    try:
        return await awaitable
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise ConnectionError("the connection ended before the answer came") from None
