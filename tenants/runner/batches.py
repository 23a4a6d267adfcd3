"""What a group commit writes: rows that arrived, outcomes of handlers, and marks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from tenants.bot.effects import Effects
from tenants.ports import Lease
from tenants.runner.row import Row
from tenants.store.group import Group, Mark

Committed = Callable[[BaseException | None], None]
"""Called once the work is committed, or with the error of its own effects."""


class Outcome:
    """A handled update, or an album, with what handling it changed."""

    __slots__ = ("committed", "effects", "rows")

    def __init__(self, rows: Sequence[Row], effects: Effects, committed: Committed) -> None:
        self.rows = rows
        self.effects = effects
        self.committed = committed


class Arrival:
    """Rows that came together, until they are on disk."""

    __slots__ = ("closed", "due", "open", "outcomes", "rows", "stored", "until")

    def __init__(self, rows: Sequence[Row], *, due: float, until: float, handled: bool) -> None:
        self.rows = rows
        self.stored: asyncio.Future[list[Row]] = asyncio.get_running_loop().create_future()
        """The rows that were not in the inbox before, once all are. Shield it: it is shared."""
        self.outcomes: list[Outcome] = []
        self.open = len(rows) if handled else 0
        """Handlers that have not come to an end."""
        self.due = due
        self.until = until
        """``due`` may be put off to this moment, and no further."""
        self.closed = False
        """It is being written: what comes to an end from now on is written after it."""
        for row in rows:
            row.arrival = self

    def tell(self, fresh: list[Row]) -> None:
        """It is on disk."""
        for row in self.rows:
            row.arrival = None
        if not self.stored.done():
            self.stored.set_result(fresh)


class Batch:
    """One transaction's work, tried until it stands.

    A connection that breaks at the commit leaves open whether it happened. So the next try
    looks for itself: what an earlier one took in is fresh although it is there already, and
    an outcome that is stored is not applied again.
    """

    __slots__ = ("_all_fresh", "_fresh", "_known", "_marks", "_tried", "arrivals", "outcomes")

    def __init__(
        self, arrivals: Sequence[Arrival], outcomes: Sequence[Outcome], marks: Sequence[Row]
    ) -> None:
        self.arrivals = arrivals
        self.outcomes = [*outcomes, *(one for a in arrivals for one in a.outcomes)]
        self._marks = marks
        self._all_fresh = False
        self._fresh: set[Mark] = set()
        self._known: set[Mark] = set()
        self._tried = False

    @property
    def pieces(self) -> int:
        return sum(len(a.rows) for a in self.arrivals) + len(self.outcomes) + len(self._marks)

    @property
    def changes_nothing(self) -> bool:
        """Only the inbox is written."""
        return not any(outcome.effects for outcome in self.outcomes)

    def doubtful(self) -> list[Mark]:
        """Marks that an earlier try may have set already, and their effects with them."""
        return self._later() if self._tried else []

    def group(self, lease: Lease, now_ms: int) -> Group:
        """The inbox's share of it: a row that was handled by now is written once, as done."""
        for outcome in self.outcomes:
            for row in outcome.rows:
                row.done = row.done or self._is_new(row)
        rows = [row.incoming(now_ms) for arrival in self.arrivals for row in arrival.rows]
        self._tried = True
        return Group(lease.name, lease.epoch, rows, self._later(), now_ms)

    def learn(self, known: set[Mark]) -> None:
        """Which of the rows were there already, this time."""
        self._known |= known
        if not known:
            self._all_fresh = True
        else:
            self._fresh |= {row.mark for a in self.arrivals for row in a.rows} - known

    def to_apply(self, stored: set[Mark]) -> list[Outcome]:
        """Outcomes whose effects belong into this transaction.

        Not those that an earlier try stored, and not those of a repeated update: it was
        handled before, or is about to be, as the row that lay in the inbox.
        """
        return [one for one in self.outcomes if not one.rows or self._counts(one.rows[0], stored)]

    def _counts(self, row: Row, stored: set[Mark]) -> bool:
        return row.mark not in stored and not (row.mark in self._known and self._is_new(row))

    def tell(self) -> None:
        """All of it is committed."""
        for arrival in self.arrivals:
            fresh = [r for r in arrival.rows if self._all_fresh or r.mark in self._fresh]
            arrival.tell(fresh)

    def abandon(self) -> None:
        """It will never be written by this process."""
        for arrival in self.arrivals:
            arrival.stored.cancel()

    def without_effects(self) -> Batch:
        """All but the outcomes that change something; their rows are written as they came."""
        for outcome in self.outcomes:
            if outcome.effects:
                for row in outcome.rows:
                    row.done = False
        rest = Batch(self.arrivals, (), self._marks)
        rest.outcomes = [outcome for outcome in self.outcomes if not outcome.effects]
        rest._fresh, rest._known = {*self._fresh}, {*self._known}
        rest._all_fresh, rest._tried = self._all_fresh, self._tried
        return rest

    def each_alone(self, without: Batch) -> list[Batch]:
        """The outcomes that ``without`` left out, each by itself."""
        alone = [Batch((), (outcome,), ()) for outcome in self.outcomes if outcome.effects]
        for batch in alone:
            batch._known = set() if without._all_fresh else without._known - without._fresh
            batch._tried = self._tried
        return alone

    def _later(self) -> list[Mark]:
        """Marks of rows that were written before."""
        handled = (row for outcome in self.outcomes for row in outcome.rows)
        return [row.mark for row in (*self._marks, *handled) if not self._is_new(row)]

    def _is_new(self, row: Row) -> bool:
        return row.arrival is not None and row.arrival in self.arrivals
