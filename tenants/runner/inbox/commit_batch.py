"""What one group commit writes: ingested updates, handler results, and done-marks."""

from __future__ import annotations

from collections.abc import Sequence

from tenants.bot.dispatcher import PARSER
from tenants.domain.ports import Lease
from tenants.runner.inbox.queued_update import HandlerResult, IngestBatch, QueuedUpdate
from tenants.store.inbox_sqlite import Group, InboxState, UpdateKey


class CommitBatch:
    """The content of one transaction, retried until it is committed.

    When a connection breaks at the commit, it is unknown whether it succeeded. So the next try
    checks: updates that an earlier try stored still count as new, and results that it stored
    are not applied again.
    """

    __slots__ = (
        "_all_fresh",
        "_fresh",
        "_known",
        "_marks",
        "_refused",
        "_repeated",
        "_tried",
        "ingests",
        "results",
    )

    def __init__(
        self,
        ingests: Sequence[IngestBatch],
        results: Sequence[HandlerResult],
        marks: Sequence[QueuedUpdate],
    ) -> None:
        self.ingests = ingests
        self.results = [*results, *(one for batch in ingests for one in batch.results)]
        self._marks = marks
        self._all_fresh = False
        self._fresh: set[UpdateKey] = set()
        self._known: set[UpdateKey] = set()
        self._refused: set[UpdateKey] = set()
        """Rows that the database refuses."""
        self._repeated: frozenset[int] = frozenset()
        """Results (by identity) of updates that turned out to be duplicates."""
        self._tried = False

    @property
    def pieces(self) -> int:
        taken = sum(len(batch.updates) for batch in self.ingests)
        return taken + len(self.results) + len(self._marks)

    @property
    def changes_nothing(self) -> bool:
        """No effects: only the inbox is written."""
        return not any(result.effects for result in self.results)

    def doubtful(self) -> list[UpdateKey]:
        """Keys that an earlier try may have marked done already, together with their effects."""
        return self._later() if self._tried else []

    def group(self, lease: Lease, now_ms: int) -> Group:
        """The rows for the inbox: an update already handled is written once, as done."""
        done = {update.key for batch in self.ingests for update in batch.done}
        for result in self.results:
            done |= result.done()
        rows = [
            update.incoming(now_ms if update.key in done else None)
            for batch in self.ingests
            for update in batch.updates
        ]
        aside = [one for result in self.results for one in result.aside]
        aside += [
            update.aside(InboxState.UNPARSED, PARSER)
            for batch in self.ingests
            for update in batch.updates
            if update.state is InboxState.UNPARSED
        ]
        self._tried = True
        return Group(lease.name, lease.epoch, rows, self._later(), now_ms, aside)

    def learn(self, known: set[UpdateKey]) -> None:
        """Set which of the rows were stored before this try."""
        self._known |= known
        if not known:
            self._all_fresh = True
        else:
            self._fresh |= self._incoming() - known

    def learn_part(self, rows: set[UpdateKey], known: set[UpdateKey]) -> None:
        """As :meth:`learn`, for some of the rows."""
        self._known |= known
        self._fresh |= rows - known

    def refused(self, key: UpdateKey) -> None:
        """The database refuses this row, in whatever batch."""
        self._refused.add(key)

    def to_apply(self, stored: set[UpdateKey]) -> list[HandlerResult]:
        """Results whose effects belong into this transaction.

        Skips results already committed and results of duplicates: the stored row of a duplicate
        was handled before or will be.
        """
        return [
            one
            for one in self.results
            if id(one) not in self._repeated
            and (not one.updates or self._counts(one.updates[0], stored))
        ]

    def _counts(self, update: QueuedUpdate, stored: set[UpdateKey]) -> bool:
        key = update.key
        return key not in stored and not (key in self._known and self._is_new(update))

    def tell(self) -> None:
        """Notify the waiting parts that it is committed."""
        for batch in self.ingests:
            fresh = [
                update
                for update in batch.updates
                if (self._all_fresh or update.key in self._fresh)
                and update.key not in self._refused
            ]
            batch.written(fresh)

    def abandon(self) -> None:
        """This process will never write it."""
        for batch in self.ingests:
            batch.abandon()

    def without_effects(self) -> CommitBatch:
        """A batch without results that have effects; their updates are written as pending."""
        rest = CommitBatch(self.ingests, (), self._marks)
        rest.results = [result for result in self.results if not result.effects]
        rest._fresh, rest._known = {*self._fresh}, {*self._known}
        rest._all_fresh, rest._tried = self._all_fresh, self._tried
        return rest

    def each_alone(self, without: CommitBatch) -> list[CommitBatch]:
        """The results that ``without`` left out, one batch each."""
        known = set() if without._all_fresh else without._known - without._fresh
        came = {id(u) for batch in self.ingests for u in batch.updates if u.key in known}
        alone = [CommitBatch((), (result,), ()) for result in self.results if result.effects]
        for batch in alone:
            (result,) = batch.results
            if any(id(update) in came for update in result.updates):
                batch._repeated = frozenset({id(result)})
            batch._tried = self._tried
        return alone

    def _incoming(self) -> set[UpdateKey]:
        return {update.key for batch in self.ingests for update in batch.updates}

    def _later(self) -> list[UpdateKey]:
        """Keys to mark done of updates written before."""
        marks = [update.key for update in self._marks if not self._is_new(update)]
        for result in self.results:
            if result.aside:
                done = result.done()
                marks += [u.key for u in result.updates if u.key in done and not self._is_new(u)]
            else:
                marks += [update.key for update in result.updates if not self._is_new(update)]
        return marks

    def _is_new(self, update: QueuedUpdate) -> bool:
        return update.batch is not None and update.batch in self.ingests
