"""The sessions of all clients, kept for a while after their connections end."""

from __future__ import annotations

from collections import OrderedDict

from sandbox.mtproto.session_state import Stream

REMEMBERED = 2_000


class Streams:
    """By authorization key and session id, the least recently used dropped first."""

    def __init__(self) -> None:
        self._streams: OrderedDict[tuple[int, int], Stream] = OrderedDict()

    def enter(self, key_id: int, session_id: int) -> tuple[Stream, bool]:
        """The session's state, and whether it is new."""
        place = (key_id, session_id)
        stream = self._streams.get(place)
        if stream is not None:
            self._streams.move_to_end(place)
            return stream, False
        stream = self._streams[place] = Stream(session_id)
        if len(self._streams) > REMEMBERED:
            self._streams.popitem(last=False)
        return stream, True

    def forget(self, key_id: int, session_id: int) -> bool:
        return self._streams.pop((key_id, session_id), None) is not None
