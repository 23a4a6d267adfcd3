"""An independent database connection with its own thread, event loop and deadlines."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Final, TypeVar

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tenants.store.database import prepare_sqlite
from tenants.store.unit_of_work import UnitOfWork

T = TypeVar("T")

_CLOSE_WITHIN: Final = 2.0


class SideConnection:
    """One transaction at a time, each of ``seconds`` at most. A blocked main loop, a busy pool
    or a long transaction elsewhere in this process do not delay it."""

    def __init__(self, url: URL, seconds: float, *, begin: str = "BEGIN") -> None:
        """``begin``: how a transaction begins on SQLite."""
        self._url = url
        self._begin = begin
        self._seconds = seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._engine: AsyncEngine | None = None
        self._works: set[Future[Any]] = set()

    async def run(self, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Run ``work`` in a transaction, from any loop.

        Raises:
            StoreError, OSError, TimeoutError: not confirmed in time; it may have been
                committed.
        """
        future = self.start(self.transact(work))
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            future.cancel()
            raise

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine in this connection's own thread; inside, use :meth:`transact`."""
        future = asyncio.run_coroutine_threadsafe(work, self._running())
        self._works.add(future)
        future.add_done_callback(self._works.discard)
        return future

    async def transact(self, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """As :meth:`run`, for coroutines that run in this connection's own thread."""
        async with asyncio.timeout(self._seconds), self._opened().begin() as connection:
            return await work(UnitOfWork(connection))

    async def close(self) -> None:
        """Cancel what runs, close the connection and end the thread; waits two seconds at most."""
        loop, thread = self._loop, self._thread
        self._loop = self._thread = None
        if loop is None or thread is None:
            return
        for work in tuple(self._works):
            work.cancel()
        ending = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._dispose(), loop))
        with contextlib.suppress(Exception):
            await asyncio.wait_for(ending, _CLOSE_WITHIN)
        loop.call_soon_threadsafe(loop.stop)
        await asyncio.to_thread(thread.join, _CLOSE_WITHIN)

    async def _dispose(self) -> None:
        # Wait for the cancelled tasks first: they hold the one connection.
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=_CLOSE_WITHIN / 2)
        if self._engine is not None:
            await self._engine.dispose()

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(
                target=_run, args=(self._loop,), name="side-connection", daemon=True
            )
            self._thread.start()
        return self._loop

    def _opened(self) -> AsyncEngine:
        if self._engine is None:
            self._engine = self._open()
        return self._engine

    def _open(self) -> AsyncEngine:
        shared: dict[str, Any] = {
            "pool_size": 1,
            "max_overflow": 0,
            "pool_timeout": self._seconds,
            "hide_parameters": True,
        }
        milliseconds = int(self._seconds * 1000)
        if self._url.get_backend_name() == "sqlite":
            engine = create_async_engine(self._url, **shared)
            pragmas = (f"busy_timeout={milliseconds}",)
            prepare_sqlite(engine, begin=self._begin, pragmas=pragmas)
            return engine
        return create_async_engine(
            self._url,
            pool_pre_ping=True,
            connect_args={
                "timeout": self._seconds,
                "command_timeout": self._seconds,
                "server_settings": {
                    "statement_timeout": str(milliseconds),
                    "lock_timeout": str(milliseconds),
                    "application_name": "controlbot lease",
                },
            },
            **shared,
        )


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()
