"""Turning pages."""

from __future__ import annotations

from aiogram_dialog import DialogManager


def turn(manager: DialogManager, key: str, of: str, by: int) -> None:
    """Around the end to the beginning, as people expect of a ring of pages."""
    pages = int(manager.dialog_data.get(of, 1))
    manager.dialog_data[key] = (int(manager.dialog_data.get(key, 0)) + by) % pages
