"""The desk's windows: the list, a bot's card, and one for each deed."""

from __future__ import annotations

from aiogram_dialog import Dialog, LaunchMode

from controlbot.admin import (
    aside,
    card,
    ledger,
    overview,
    people,
    restarting,
    speed,
    suspending,
    viewing,
)

_ROOMS = (overview, card, suspending, speed, aside, restarting, viewing, ledger, people)


def build_admin() -> Dialog:
    windows = [window for room in _ROOMS for window in room.windows()]
    return Dialog(*windows, launch_mode=LaunchMode.ROOT)
