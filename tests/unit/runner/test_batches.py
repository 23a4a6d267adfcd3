"""What a group commit applies when a row it takes in was there already."""

from __future__ import annotations

from tenants.bot.effects import Effects
from tenants.bot.peek import peek
from tenants.model import TenantId
from tenants.runner.batches import Arrival, Batch, Outcome
from tenants.runner.row import Row


def a_row(update_id: int) -> Row:
    raw = b'{"update_id": %d, "message": {"chat": {"id": 5, "type": "private"}}}' % update_id
    return Row(TenantId(1), peek(raw), 0)


def an_outcome(row: Row) -> Outcome:
    return Outcome([row], Effects(), lambda _error: None)


async def test_a_repeated_update_takes_nothing_from_the_one_that_lay_in_the_inbox() -> None:
    """After a crash both are here: the row that was stored, and Telegram's repetition."""
    stored, repeated = a_row(7), a_row(7)
    arrival = Arrival([repeated], due=0.0, until=0.0, handled=False)
    lay_in_the_inbox, again = an_outcome(stored), an_outcome(repeated)
    batch = Batch([arrival], [lay_in_the_inbox, again], [])
    batch.learn({stored.mark})
    assert batch.to_apply(set()) == [lay_in_the_inbox]


async def test_what_an_earlier_try_stored_is_not_applied_again() -> None:
    stored = a_row(7)
    batch = Batch([], [an_outcome(stored)], [])
    assert batch.to_apply({stored.mark}) == []
