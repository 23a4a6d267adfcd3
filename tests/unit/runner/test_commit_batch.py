"""What a group commit writes and applies, update by update."""

from __future__ import annotations

from tenants.bot.effects import Effects
from tenants.bot.update_header import parse_header
from tenants.domain.model import TenantId
from tenants.domain.ports import Lease
from tenants.runner.inbox.commit_batch import CommitBatch
from tenants.runner.inbox.queued_update import HandlerResult, IngestBatch, QueuedUpdate
from tenants.store.inbox_sqlite import Group, InboxState

LEASE = Lease(name="platform", epoch=1, deadline=0.0)


def an_update(update_id: int) -> QueuedUpdate:
    raw = b'{"update_id": %d, "message": {"chat": {"id": 5, "type": "private"}}}' % update_id
    return QueuedUpdate(TenantId(1), parse_header(raw), 0)


def a_result(*updates: QueuedUpdate) -> HandlerResult:
    return HandlerResult(updates, Effects(), lambda _error: None)


def an_ingest(*updates: QueuedUpdate) -> IngestBatch:
    return IngestBatch(updates, due=0.0, until=0.0, handled=False)


def written(group: Group) -> dict[int, bool]:
    """Whether each row that comes in is written as done."""
    return {row.update_id: row.done_at is not None for row in group.rows}


async def test_a_repeated_update_takes_nothing_from_the_one_that_lay_in_the_inbox() -> None:
    """After a crash both are here: the row that was stored, and Telegram's repetition."""
    stored, repeated = an_update(7), an_update(7)
    ingest = an_ingest(repeated)
    lay_in_the_inbox, again = a_result(stored), a_result(repeated)
    batch = CommitBatch([ingest], [lay_in_the_inbox, again], [])
    batch.learn({stored.key})
    assert batch.to_apply(set()) == [lay_in_the_inbox]


async def test_what_an_earlier_try_stored_is_not_applied_again() -> None:
    stored = an_update(7)
    batch = CommitBatch([], [a_result(stored)], [])
    assert batch.to_apply({stored.key}) == []


async def test_an_album_over_two_polls_is_not_done_before_both_parts_are_here() -> None:
    """K3: the album's result went with its first part; its second, written later, stayed
    pending and was handled again after a restart."""
    first, second = an_update(7), an_update(8)
    early, late = an_ingest(first), an_ingest(second)
    result = a_result(first, second)
    assert not result.is_ready({early})
    assert result.is_ready({early, late})
    CommitBatch([early], [], []).tell()
    assert not result.is_ready(set())
    assert result.is_ready({late})
    group = CommitBatch([late], [result], []).group(LEASE, 1)
    assert written(group) == {8: True}
    assert list(group.done) == [first.key]


async def test_of_an_album_only_what_was_handled_is_done() -> None:
    first, second = an_update(7), an_update(8)
    ingest = an_ingest(first, second)
    aside = [second.aside(InboxState.UNPARSED, "aiogram 1")]
    result = HandlerResult([first, second], Effects(), lambda _error: None, aside=aside)
    group = CommitBatch([ingest], [result], []).group(LEASE, 1)
    assert written(group) == {7: True, 8: False}
    assert list(group.aside) == aside


def test_a_group_is_halved_without_losing_a_piece() -> None:
    rows = [an_update(number).incoming(None) for number in range(3)]
    done = [(TenantId(1), number) for number in range(10, 13)]
    aside = [an_update(20).aside(InboxState.QUARANTINED, "why")]
    group = Group("platform", 1, rows, done, 5, aside)
    waiting, pieces = [group], []
    while waiting:
        one = waiting.pop(0)
        if len(one) > 1:
            waiting.extend(one.halves())
        else:
            pieces.append(one)
    assert [len(one) for one in pieces] == [1] * 7
    assert [row for one in pieces for row in one.rows] == rows
    assert [mark for one in pieces for mark in one.done] == done
    assert [row for one in pieces for row in one.aside] == aside
