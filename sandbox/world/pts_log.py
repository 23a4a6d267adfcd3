"""Log of message events of an account or channel: Telegram's ``pts``.

A client sends the ``pts`` it has seen and gets the events since.
https://core.telegram.org/api/updates#message-related-event-sequences
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

KEPT = 10_000
"""Events kept for one log; a client further behind starts again."""


class PtsEventType(StrEnum):
    NEW = "new"
    EDITED = "edited"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class PtsEvent:
    """One event. ``chat`` is the chat's id as the log's owner sees it."""

    pts: int
    count: int
    what: PtsEventType
    chat: int
    message_ids: tuple[int, ...]


@dataclass(slots=True)
class Journal:
    """One log: an account's private chats and groups, or one channel."""

    pts: int = 1
    happenings: list[PtsEvent] = field(default_factory=list)

    def add(self, what: PtsEventType, chat: int, message_ids: tuple[int, ...]) -> PtsEvent:
        count = len(message_ids)
        self.pts += count
        happening = PtsEvent(
            pts=self.pts, count=count, what=what, chat=chat, message_ids=message_ids
        )
        self.happenings.append(happening)
        if len(self.happenings) > KEPT:
            del self.happenings[: KEPT // 10]
        return happening

    def since(self, pts: int) -> list[PtsEvent] | None:
        """Events after ``pts``; None when older ones than are kept would be needed."""
        if pts > self.pts:
            return None
        later = [happening for happening in self.happenings if happening.pts > pts]
        reached = later[0].pts - later[0].count if later else self.pts
        return later if reached <= pts else None

    def to_state(self) -> dict[str, Any]:
        happenings = [
            {**asdict(item), "what": item.what.value, "message_ids": list(item.message_ids)}
            for item in self.happenings
        ]
        return {"pts": self.pts, "happenings": happenings}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        return cls(
            pts=state["pts"],
            happenings=[
                PtsEvent(
                    pts=item["pts"],
                    count=item["count"],
                    what=PtsEventType(item["what"]),
                    chat=item["chat"],
                    message_ids=tuple(item["message_ids"]),
                )
                for item in state["happenings"]
            ],
        )
