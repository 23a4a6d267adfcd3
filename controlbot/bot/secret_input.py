"""Windows that expect a secret: text typed there is treated as the secret, not as a command."""

from __future__ import annotations

from typing import Any, Final

from aiogram_dialog.api.entities import Context
from aiogram_dialog.api.internal import CONTEXT_KEY

from controlbot.dialogs.states import Account, NewBot

SECRET_STATES: Final = frozenset(
    {NewBot.token, Account.api, Account.phone, Account.code, Account.password}
)
_NAMES: Final = frozenset(state.state for state in SECRET_STATES)


def awaits_secret(context: Context | None) -> bool:
    return context is not None and context.state in SECRET_STATES


def open_context(data: dict[str, Any]) -> Context | None:
    """For filters, which run before there is a dialog manager."""
    context: Context | None = data.get(CONTEXT_KEY)
    return context


def is_secret_state(state: str | None) -> bool:
    """The same for a stored state name."""
    return state in _NAMES
