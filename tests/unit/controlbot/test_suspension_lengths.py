"""What a suspension's button says is how long it lasts."""

from __future__ import annotations

from datetime import timedelta

from controlbot.dialogs.admin.suspend import LENGTHS

SAID = {
    "1 hour": timedelta(hours=1),
    "1 day": timedelta(days=1),
    "1 week": timedelta(weeks=1),
    "4 weeks": timedelta(weeks=4),
}


def test_buttons_say_how_long_it_lasts() -> None:
    """U6: "4 weeks" suspended for 30 days, and one hour read "60 minutes"."""
    assert {text: timedelta(hours=hours) for hours, text in LENGTHS.items()} == SAID
