"""Starts all background tasks: they are named, their end is logged, stop drains them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

log = structlog.get_logger(__name__)

T = TypeVar("T")


class BackgroundTasks:
    """Keeps a reference to each task it started and logs its failure."""

    def __init__(self, name: str = "nursery") -> None:
        self._name = name
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, coro: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Run ``coro`` in a background task.

        Raises:
            RuntimeError: :meth:`close` was called.
        """
        if self._closed:
            coro.close()
            raise RuntimeError(f"{self._name} is closed")
        task = asyncio.get_running_loop().create_task(coro, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def close(self, timeout: float = 5.0) -> list[str]:  # noqa: ASYNC109
        """Cancel running tasks and wait up to ``timeout`` seconds for them to end.

        Returns the names of the tasks that did not end in time.
        """
        self._closed = True
        current = asyncio.current_task()
        waiting = {task for task in self._tasks if task is not current}
        for task in waiting:
            task.cancel()
        if not waiting:
            return []
        _, laggards = await asyncio.wait(waiting, timeout=timeout)
        names = sorted(task.get_name() for task in laggards)
        if names:
            log.warning("tasks did not end in time", nursery=self._name, tasks=names)
        return names

    async def drain(self, timeout: float) -> bool:  # noqa: ASYNC109
        """Wait until all tasks have ended by themselves, including those started meanwhile.
        False when that takes longer than ``timeout`` seconds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while self._tasks and (left := deadline - loop.time()) > 0:
            await asyncio.wait(self._tasks, timeout=left)
        return not self._tasks

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            log.error("task failed", nursery=self._name, task=task.get_name(), exc_info=error)
