"""A login as "Settings > Devices" lists it."""

from __future__ import annotations

from typing import Any

from telethon.tl import types

from sandbox.mtproto import tl_codec
from sandbox.world.logins import Session


def session_form(session: Session, caller: Session) -> Any:
    """https://core.telegram.org/constructor/authorization — the caller's own has hash 0."""
    current = session is caller
    return types.Authorization(
        0 if current else session.hash,
        session.device,
        "",
        session.system,
        session.api_id,
        f"app {session.api_id}",
        session.app_version,
        tl_codec.moment(session.created),
        tl_codec.moment(session.active),
        "127.0.0.1",
        "",
        "",
        current=current or None,
        password_pending=session.awaits_password or None,
    )
