"""Codes, tokens, sessions and boxes as values."""

from __future__ import annotations

import json

import pytest

from sandbox.world.logins import LoginError, LoginEvent, Logins, SentBy, SessionEnded
from sandbox.world.pts_log import KEPT, Journal, PtsEventType
from sandbox.world.two_step_password import make_password


class Clock:
    def __init__(self) -> None:
        self.at = 1_000_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def logins(clock: Clock) -> Logins:
    return Logins(now=clock, code_ttl=60, qr_ttl=30)


def test_a_code_is_spoilt_by_any_text_that_holds_it(logins: Logins) -> None:
    code = logins.new_code(1, "+1", 10)
    assert logins.login_code(10) == code.code
    assert logins.spoil_codes_in(f"1{code.code}") == []
    assert logins.spoil_codes_in(f"it's {code.code}!") == [code]
    assert logins.login_code(10) is None
    assert logins.find_code("+1", code.hash).spoilt


def test_a_new_code_replaces_the_old_one_of_that_key(logins: Logins) -> None:
    first = logins.new_code(1, "+1", 10)
    logins.new_code(2, "+1", 10)
    logins.new_code(1, "+1", 10, SentBy.SMS)
    with pytest.raises(LoginError, match="PHONE_CODE_EXPIRED"):
        logins.find_code("+1", first.hash)
    assert len(logins.live_codes()) == 2


def test_a_code_is_for_its_number_only(logins: Logins) -> None:
    code = logins.new_code(1, "+1", 10)
    with pytest.raises(LoginError, match="PHONE_CODE_EXPIRED"):
        logins.find_code("+2", code.hash)


@pytest.mark.parametrize("url", ["", "tg://login", "tg://login?token=", "https://x/?token=ab"])
def test_no_login_link(logins: Logins, url: str) -> None:
    with pytest.raises(LoginError, match="AUTH_TOKEN_INVALID"):
        logins.accept_qr(10, url)


def test_a_token_lets_in_once(logins: Logins, clock: Clock) -> None:
    logins.add_key(1, b"k" * 256, 5)
    token = logins.new_token(1)
    spare = logins.new_token(1)
    assert logins.accept_token(10, token.token).account_id == 10
    with pytest.raises(LoginError, match="AUTH_TOKEN_INVALID"):
        logins.accept_token(10, token.token)
    with pytest.raises(LoginError, match="AUTH_TOKEN_ALREADY_ACCEPTED"):
        logins.accept_token(10, spare.token)


def test_state_goes_through_json(logins: Logins) -> None:
    session = logins.add_key(2**64 - 1, bytes(range(256)), -5)
    logins.admit(session, 10)
    logins.new_code(3, "+1", 10, SentBy.CALL)
    logins.new_token(3)
    logins.passwords[10] = make_password("secret", "hint")
    logins.boxes[10].add(PtsEventType.NEW, 777000, (4,))
    state = json.loads(json.dumps(logins.to_state()))
    other = Logins()
    other.from_state(state)
    assert other.to_state() == state
    assert other.keys[2**64 - 1] == session
    assert other.passwords == logins.passwords
    assert other.codes == logins.codes
    assert other.tokens == logins.tokens
    assert other.boxes[10] == logins.boxes[10]


def test_nothing_secret_in_reprs(logins: Logins) -> None:
    session = logins.add_key(1, b"key" * 85 + b"!", 5)
    code = logins.new_code(1, "+1", 10)
    values = (session, code, logins.new_token(1), make_password("secret"))
    shown = " ".join(map(repr, values))
    assert "key" not in shown
    assert code.code not in shown
    assert "verifier" not in shown


def test_ending_a_session_is_told(logins: Logins) -> None:
    told: list[LoginEvent] = []
    session = logins.add_key(1, b"k" * 256, 5)
    logins.admit(session, 10)
    stop = logins.listen(told.append)
    logins.revoke(10, session.hash)
    assert told == [SessionEnded(1, 10)]
    with pytest.raises(LoginError, match="HASH_INVALID"):
        logins.revoke(10, session.hash)
    stop()
    assert session.user_id is None


def test_whoever_keeps_the_state_hears_of_every_change(logins: Logins) -> None:
    told: list[LoginEvent] = []
    logins.listen(told.append)
    before = 0
    code = logins.new_code(1, "+1", 10)
    for change in (
        lambda: logins.add_key(1, b"k" * 256, 5),
        lambda: logins.new_code(2, "+1", 10),
        lambda: logins.spoil_codes_in(code.code),
        lambda: logins.cancel_code(code),
        lambda: logins.new_token(1),
        lambda: logins.set_password(10, "secret"),
        lambda: logins.keep_server_key("pem"),
        lambda: logins.drop_key(1),
    ):
        before = len(told)
        change()
        assert len(told) > before


def test_unused_keys_do_not_pile_up(logins: Logins) -> None:
    logins.admit(logins.add_key(1, b"k", 5), 10)
    for number in range(2, 6000):
        logins.add_key(number, b"k", 5)
    assert 1 in logins.keys
    assert len(logins.keys) <= 5001


def test_a_box_tells_what_came_since() -> None:
    box = Journal()
    assert box.since(1) == []
    first = box.add(PtsEventType.NEW, 5, (1,))
    second = box.add(PtsEventType.DELETED, 5, (1, 2, 3))
    assert (first.pts, second.pts, box.pts) == (2, 5, 5)
    assert box.since(1) == [first, second]
    assert box.since(2) == [second]
    assert box.since(5) == []
    assert box.since(6) is None


def test_a_box_forgets_the_oldest() -> None:
    box = Journal()
    for number in range(KEPT + 1):
        box.add(PtsEventType.NEW, 5, (number,))
    assert box.since(1) is None
    assert len(box.since(box.pts - 5) or []) == 5
