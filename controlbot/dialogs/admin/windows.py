"""The desk's windows: the list, a bot's card, and one for each deed."""

from __future__ import annotations

from aiogram_dialog import Dialog, LaunchMode

from controlbot.dialogs.admin import (
    audit_log,
    impersonate,
    limits,
    quarantined_updates,
    restart,
    roles,
    suspend,
    tenant_card,
    tenant_list,
)

_ROOMS = (
    tenant_list,
    tenant_card,
    suspend,
    limits,
    quarantined_updates,
    restart,
    impersonate,
    audit_log,
    roles,
)


def build_admin() -> Dialog:
    windows = [window for room in _ROOMS for window in room.windows()]
    return Dialog(*windows, launch_mode=LaunchMode.ROOT)
