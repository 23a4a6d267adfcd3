"""What an unfinished login remembers, and how numbers are masked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mtproto.login.state import LoginState, digits_of, mask_phone
from mtproto.login.steps import Delivery, LoginErrorCode, LoginMethod

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def test_it_comes_back_whole_and_says_nothing_in_its_repr() -> None:
    state = LoginState(
        method=LoginMethod.PHONE,
        step="code",
        session=b"key",
        phone="79990001122",
        code_hash="abc",
        length=5,
        delivered_by=Delivery.SMS,
        next_by=Delivery.CALL,
        trouble=LoginErrorCode.CODE_WRONG,
        waits={"phone": (LoginErrorCode.FLOOD_WAIT, 5.0)},
    )
    assert LoginState.from_bytes(state.to_bytes()) == state
    assert "79990001122" not in repr(state)


def test_a_wait_stands_until_it_is_over() -> None:
    until = NOW + timedelta(hours=1)
    state = LoginState(
        method=LoginMethod.PHONE, waits={"phone": (LoginErrorCode.FLOOD_WAIT, until.timestamp())}
    )
    problem = state.wait_for("phone", NOW)
    assert problem is not None
    assert (problem.code, problem.retry_at) == (LoginErrorCode.FLOOD_WAIT, until)
    assert state.wait_for("code", NOW) is None
    assert state.wait_for("phone", until) is None
    assert state.longest_wait() == until


def test_a_mask_shows_enough_to_recognise_ones_own() -> None:
    assert mask_phone("79990001122") == "+79•••••••22"
    assert mask_phone("+989123456789").startswith("+98•")


def test_digits_of_any_script() -> None:
    assert digits_of("1-2 ٣۴") == "1234"
