"""Converts a login's stored state to the step shown to its person."""

from __future__ import annotations

from datetime import datetime

from mtproto.login.state import LoginState, mask_phone, moment
from mtproto.login.steps import (
    LoginErrorCode,
    NeedCode,
    NeedPassword,
    NeedPhone,
    Problem,
    ShowQr,
    Step,
)


def step_of(state: LoginState, qr: ShowQr | None, now: datetime) -> Step:
    """The current step of ``state``, with the problem of the last attempt."""
    problem = _problem(state, now)
    match state.step:
        case "code":
            return NeedCode(
                phone_masked=mask_phone(state.phone),
                length=state.length,
                delivered_by=state.delivered_by,
                next_by=state.next_by,
                resend_at=moment(state.resend_at) if state.resend_at else None,
                problem=problem,
            )
        case "password":
            return NeedPassword(hint=state.hint, problem=problem)
        case "qr" if qr is not None:
            return qr
        case _:
            return NeedPhone(problem=problem)


def _problem(state: LoginState, now: datetime) -> Problem | None:
    if state.trouble is None:
        return None
    if state.trouble is LoginErrorCode.RESEND_TOO_EARLY and state.resend_at:
        return Problem(code=state.trouble, retry_at=moment(state.resend_at))
    for step in (state.step, "phone"):
        wait = state.wait_for(step, now)
        if wait is not None and wait.code is state.trouble:
            return wait
    return Problem(code=state.trouble)
