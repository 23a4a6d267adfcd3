"""A session becomes bytes and comes back with everything that matters."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from telethon.crypto import AuthKey
from telethon.tl import types

from mtproto.client.server_address import ApiCredentials
from mtproto.client.session import SealedSession
from tenants.domain.model import Secret

API = ApiCredentials(api_id=1, api_hash=Secret("hash"))
STATE = types.updates.State(7, 8, datetime(2026, 1, 2, tzinfo=UTC), 9, 0)


def session() -> SealedSession:
    made = SealedSession(server="telegram", api=API)
    made.set_dc(4, "149.154.167.91", 443)
    made.auth_key = AuthKey(data=bytes(range(256)))
    return made


def user(number: int, username: str | None = None) -> types.User:
    return types.User(
        id=number,
        access_hash=number * 10,
        first_name="Ann",
        phone="79990001122",
        username=username,
    )


def people(*users: types.User) -> types.contacts.ResolvedPeer:
    return types.contacts.ResolvedPeer(None, [], list(users))


def again(made: SealedSession) -> SealedSession:
    return SealedSession.from_bytes(made.to_bytes())


def test_it_comes_back_whole() -> None:
    made = session()
    made.set_update_state(0, STATE)
    made.set_update_state(100200, types.updates.State(5, 0, STATE.date, 0, 0))
    made.process_entities(people(user(10, "Ann_Lee")))
    back = again(made)
    assert (back.dc_id, back.server_address, back.port) == (4, "149.154.167.91", 443)
    assert back.auth_key.key == bytes(range(256))
    assert back.api == API
    assert back.server == "telegram"
    states = dict(back.get_update_states())
    assert (states[0].pts, states[0].qts, states[0].seq, states[0].date) == (7, 8, 9, STATE.date)
    assert states[100200].pts == 5
    assert back.get_input_entity("ann_lee") == types.InputPeerUser(10, 100)
    assert back.get_input_entity(10) == types.InputPeerUser(10, 100)
    assert again(back).to_bytes() == back.to_bytes()


def test_a_session_that_never_connected_comes_back_too() -> None:
    back = again(SealedSession(server="telegram", api=API))
    assert back.auth_key is None
    assert back.server_address is None


def test_names_and_phone_numbers_of_others_are_not_kept() -> None:
    made = session()
    made.process_entities(people(user(10)))
    assert b"79990001122" not in made.to_bytes()
    assert b"Ann" not in made.to_bytes()
    for key in ("79990001122", "Ann"):
        with pytest.raises(ValueError, match="input entity"):
            made.get_input_entity(key)


def test_a_username_that_moved_belongs_to_its_newest_owner() -> None:
    made = session()
    made.process_entities(people(user(10, "shop")))
    made.process_entities(people(user(11, "shop")))
    assert made.get_input_entity("shop") == types.InputPeerUser(11, 110)


def test_the_cache_is_bounded_and_never_forgets_who_we_are() -> None:
    made = session()
    made.process_entities(people(user(1)))
    own_row = types.InputPeerUser(0, 1)
    made.process_entities(types.contacts.ResolvedPeer(None, [own_row], []))
    made.process_entities(people(*(user(number) for number in range(100, 900))))
    back = again(made)
    assert back.get_input_entity(0).access_hash == 1
    assert back.get_input_entity(1) == types.InputPeerUser(1, 10)
    assert back.get_input_entity(899) == types.InputPeerUser(899, 8990)
    assert len(made.to_bytes()) < 20_000
    with pytest.raises(ValueError, match="input entity"):
        back.get_input_entity(100)


def test_bytes_of_anything_else_are_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        SealedSession.from_bytes(b"\x93nonsense")


def test_its_repr_says_nothing() -> None:
    assert "hash" not in repr(session())
