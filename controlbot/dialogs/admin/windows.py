"""The admin panel's windows: the list, a bot's card, and one for each action."""

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

_WINDOW_MODULES = (
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
    windows = [window for module in _WINDOW_MODULES for window in module.windows()]
    return Dialog(*windows, launch_mode=LaunchMode.ROOT)
