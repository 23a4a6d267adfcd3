"""Paging of lists."""

from __future__ import annotations

from aiogram_dialog import DialogManager


def turn(manager: DialogManager, key: str, of: str, by: int) -> None:
    """Change the page number by ``by``, wrapping around at both ends."""
    pages = int(manager.dialog_data.get(of, 1))
    manager.dialog_data[key] = (int(manager.dialog_data.get(key, 0)) + by) % pages
