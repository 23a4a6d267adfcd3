"""Logging in by code, password and QR, with an unmodified Telethon."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from telethon import errors, functions
from telethon.network import (
    ConnectionTcpAbridged,
    ConnectionTcpFull,
    ConnectionTcpIntermediate,
    ConnectionTcpObfuscated,
)

from sandbox.world import Account

TRANSPORTS = [
    ConnectionTcpFull,
    ConnectionTcpAbridged,
    ConnectionTcpIntermediate,
    ConnectionTcpObfuscated,
]


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_login_by_code_over_each_transport(
    box: Any, ann: Account, connect: Any, transport: Any
) -> None:
    client = await connect(connection=transport)
    assert not await client.is_user_authorized()

    sent = await client.send_code_request(ann.phone)
    assert sent.type.length == 5
    assert box.code(ann) in box.service_texts(ann)[-1]

    me = await client.sign_in(ann.phone, box.code(ann))
    assert (me.id, me.first_name, me.phone) == (ann.id, "Ann", ann.phone.lstrip("+"))
    assert await client.is_user_authorized()
    assert [one.device for one in box.world.logins.sessions(ann.id)] == ["Test phone"]
    assert "New login" in box.service_texts(ann)[-1]


async def test_wrong_code_may_be_tried_again(box: Any, ann: Account, connect: Any) -> None:
    client = await connect()
    await client.send_code_request(ann.phone)
    wrong = f"{(int(box.code(ann)) + 1) % 100000:05}"
    with pytest.raises(errors.PhoneCodeInvalidError):
        await client.sign_in(ann.phone, wrong)
    assert (await client.sign_in(ann.phone, box.code(ann))).id == ann.id


async def test_code_expires(box: Any, ann: Account, connect: Any, clock: Any) -> None:
    client = await connect()
    await client.send_code_request(ann.phone)
    code = box.code(ann)
    clock.ahead += box.world.logins.code_ttl + 1
    with pytest.raises(errors.PhoneCodeExpiredError):
        await client.sign_in(ann.phone, code)
    assert box.world.logins.login_code(ann.id) is None


async def test_resend_goes_through_the_ways_and_ends(box: Any, ann: Account, connect: Any) -> None:
    client = await connect()
    first = await client.send_code_request(ann.phone)
    old = box.code(ann)
    second = await client(functions.auth.ResendCodeRequest(ann.phone, first.phone_code_hash))
    assert type(second.type).__name__ == "SentCodeTypeSms"
    third = await client(functions.auth.ResendCodeRequest(ann.phone, second.phone_code_hash))
    assert third.next_type is None
    with pytest.raises(errors.RPCError, match=r"SEND_CODE_UNAVAILABLE|unavailable|options"):
        await client(functions.auth.ResendCodeRequest(ann.phone, third.phone_code_hash))
    with pytest.raises(errors.PhoneCodeExpiredError):
        await client.sign_in(ann.phone, old, phone_code_hash=first.phone_code_hash)
    me = await client.sign_in(ann.phone, box.code(ann), phone_code_hash=third.phone_code_hash)
    assert me.id == ann.id


async def test_cancelled_code_is_worth_nothing(box: Any, ann: Account, connect: Any) -> None:
    client = await connect()
    sent = await client.send_code_request(ann.phone)
    code = box.code(ann)
    assert await client(functions.auth.CancelCodeRequest(ann.phone, sent.phone_code_hash))
    with pytest.raises(errors.PhoneCodeExpiredError):
        await client.sign_in(ann.phone, code)


@pytest.mark.case(18)
async def test_code_sent_in_a_chat_is_spoilt(box: Any, ann: Account, connect: Any) -> None:
    bot = box.world.add_bot(owner_id=ann.id, name="Echo", username="echo_bot")
    client = await connect()
    await client.send_code_request(ann.phone)
    code = box.code(ann)
    box.say(ann.id, bot.id, f"my code is {code}, hurry")
    with pytest.raises(errors.PhoneCodeExpiredError):
        await client.sign_in(ann.phone, code)
    assert "previously shared" in box.service_texts(ann)[-1]


async def test_code_forwarded_is_spoilt(box: Any, ann: Account, connect: Any) -> None:
    bob = box.world.add_account(first_name="Bob")
    client = await connect()
    await client.send_code_request(ann.phone)
    code = box.code(ann)
    service = box.chat(ann.id, 777000)
    box.world.forward(ann.id, box.chat(ann.id, bob.id), service, [service.newest().id])
    with pytest.raises(errors.PhoneCodeExpiredError):
        await client.sign_in(ann.phone, code)


async def test_other_digits_spoil_nothing(box: Any, ann: Account, connect: Any) -> None:
    bob = box.world.add_account(first_name="Bob")
    client = await connect()
    await client.send_code_request(ann.phone)
    code = box.code(ann)
    box.say(ann.id, bob.id, f"7{code} and {code}1 and {code[:2]} {code[2:]}")
    assert (await client.sign_in(ann.phone, code)).id == ann.id


async def test_unknown_number_is_asked_to_sign_up(connect: Any) -> None:
    client = await connect()
    sent = await client.send_code_request("+99966299999")
    assert sent.phone_code_hash
    with pytest.raises(errors.PhoneNumberInvalidError):
        await client.send_code_request("12")


async def test_password_after_code(box: Any, connect: Any) -> None:
    ann = box.world.add_account(first_name="Ann", password="correct horse")
    client = await connect()
    await client.send_code_request(ann.phone)
    with pytest.raises(errors.SessionPasswordNeededError):
        await client.sign_in(ann.phone, box.code(ann))
    assert box.world.logins.sessions(ann.id) == []
    with pytest.raises(errors.PasswordHashInvalidError):
        await client.sign_in(password="wrong horse")
    assert (await client.sign_in(password="correct horse")).id == ann.id


async def test_password_is_set_changed_and_removed(
    box: Any, ann: Account, log_in: Any, connect: Any
) -> None:
    client = await log_in(ann)
    assert await client.edit_2fa(new_password="one", hint="a number")
    with pytest.raises(errors.PasswordHashInvalidError):
        await client.edit_2fa(current_password="zero", new_password="two")
    assert await client.edit_2fa(current_password="one", new_password="two")

    other = await connect()
    await other.send_code_request(ann.phone)
    with pytest.raises(errors.SessionPasswordNeededError):
        await other.sign_in(ann.phone, box.code(ann))
    assert (await other.sign_in(password="two")).id == ann.id

    assert await client.edit_2fa(current_password="two")
    assert ann.id not in box.world.logins.passwords


async def scan(box: Any, account: Account, login: Any) -> Any:
    """Wait for a QR login and scan it meanwhile."""
    waiting = asyncio.get_running_loop().create_task(login.wait(5))
    await asyncio.sleep(0.05)
    box.world.logins.accept_qr(account.id, login.url)
    return await waiting


async def test_qr(box: Any, ann: Account, connect: Any) -> None:
    client = await connect()
    login = await client.qr_login()
    assert login.url.startswith("tg://login?token=")
    assert (await scan(box, ann, login)).id == ann.id
    assert await client.is_user_authorized()


@pytest.mark.case(64)
async def test_qr_then_password(box: Any, connect: Any) -> None:
    ann = box.world.add_account(first_name="Ann", password="secret")
    client = await connect()
    login = await client.qr_login()
    with pytest.raises(errors.SessionPasswordNeededError):
        await scan(box, ann, login)
    assert (await client.sign_in(password="secret")).id == ann.id


@pytest.mark.case(64)
async def test_qr_expires_and_is_made_anew(
    box: Any, ann: Account, connect: Any, clock: Any
) -> None:
    client = await connect()
    login = await client.qr_login()
    stale = login.url
    clock.ahead += 31
    with pytest.raises(Exception, match="AUTH_TOKEN_EXPIRED"):
        box.world.logins.accept_qr(ann.id, stale)
    clock.ahead = 0
    await login.recreate()
    assert login.url != stale
    assert (await scan(box, ann, login)).id == ann.id


async def test_qr_accepted_by_another_client(
    box: Any, ann: Account, connect: Any, log_in: Any
) -> None:
    phone = await log_in(ann)
    desktop = await connect()
    login = await desktop.qr_login()
    waiting = asyncio.get_running_loop().create_task(login.wait(5))
    await asyncio.sleep(0.05)
    seen = await phone(functions.auth.AcceptLoginTokenRequest(login.token))
    assert seen.device_model == "Test phone"
    assert (await waiting).id == ann.id
    with pytest.raises(errors.RPCError, match=r"AUTH_TOKEN_INVALID|invalid"):
        await phone(functions.auth.AcceptLoginTokenRequest(login.token))


async def test_qr_of_another_data_centre(box: Any, ann: Account, connect: Any) -> None:
    client = await connect()
    login = await client.qr_login()
    first_key = client.session.auth_key.key_id
    box.fault("migrate", "auth.exportLoginToken", description="DC_4")
    assert (await scan(box, ann, login)).id == ann.id
    assert client.session.auth_key.key_id != first_key
    assert client.session.dc_id == 4
    assert [one.key_id for one in box.world.logins.sessions(ann.id)] != [first_key]
    assert (await client.get_me()).id == ann.id
