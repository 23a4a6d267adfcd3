"""Closes polls when their time is over.

``open_period`` and ``close_date``, https://core.telegram.org/bots/api#sendpoll
"""

from __future__ import annotations

import asyncio

from sandbox.world import Chat, Message, MessageSent, World, WorldEvent


class PollTimer:
    """One timer for each poll that ends by itself."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._timers: set[asyncio.TimerHandle] = set()

    def start(self) -> None:
        """Watch new polls, and those of an earlier run. Needs a running loop."""
        self._stop = self._world.hub.listen(self._hear)
        for chat in self._world.state.chats.values():
            for message in chat.messages.values():
                self._watch(chat, message)

    def close(self) -> None:
        self._stop()
        for timer in self._timers:
            timer.cancel()

    def _hear(self, event: WorldEvent) -> None:
        if isinstance(event, MessageSent):
            self._watch(event.chat, event.message)

    def _watch(self, chat: Chat, message: Message) -> None:
        ends = self._world.poll_ends(message)
        if ends is None:
            return

        def over() -> None:
            self._timers.discard(timer)
            self._world.close_poll(chat, message.id)

        seconds = max(ends - self._world.now(), 0.0)
        timer = asyncio.get_running_loop().call_later(seconds, over)
        self._timers.add(timer)
