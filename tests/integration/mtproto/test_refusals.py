"""What Telegram says no to, or says too late, and what becomes of the login or the account."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest
import structlog
from telethon.errors import rpc_message_to_error
from telethon.tl.types import RpcError

from mtproto.accounts.repository import AccountState
from mtproto.client.client import AccountClient
from mtproto.factory import build_accounts
from mtproto.login.steps import (
    Delivery,
    Done,
    Failed,
    LoginErrorCode,
    NeedCode,
    NeedPassword,
    ShowQr,
    Step,
)
from tenants.domain.errors import (
    AccessDenied,
    AccountClosed,
    AccountNotConnected,
    AccountRefused,
    TelegramUnavailable,
)
from tenants.domain.model import Actor, Role, Secret, TenantId, UserId
from tests.integration.mtproto.conftest import PASSWORD, House
from tests.integration.mtproto.test_pool import connections, eventually


async def ask_code(house: House, account: Any) -> tuple[Actor, TenantId]:
    actor, tenant_id = await house.tenant(account)
    await house.accounts.logins.begin(actor, tenant_id, "phone")
    step = await house.accounts.logins.submit_phone(actor, tenant_id, Secret(str(account.phone)))
    assert isinstance(step, NeedCode)
    return actor, tenant_id


# --- Answers that were lost ---------------------------------------------------------------------


async def test_a_login_done_although_its_answer_was_lost_is_done(house: House) -> None:
    """Known fault P6."""
    ann = house.person("Ann")
    actor, tenant_id = await ask_code(house, ann)
    house.fault("answer_lost", "auth.signIn")
    step = await house.accounts.logins.submit_code(actor, tenant_id, house.code(ann))
    assert isinstance(step, Done)
    assert len(house.world.logins.sessions(ann.id)) == 1
    assert await house.accounts.pool.is_connected(tenant_id)


async def test_a_lost_answer_that_asked_for_the_password_asks_for_it(house: House) -> None:
    """Known fault P6."""
    bob = house.person("Bob", password=PASSWORD)
    actor, tenant_id = await ask_code(house, bob)
    house.fault("answer_lost", "auth.signIn")
    step = await house.accounts.logins.submit_code(actor, tenant_id, house.code(bob))
    assert step == NeedPassword(hint="a horse")
    house.fault("answer_lost", "auth.checkPassword")
    step = await house.accounts.logins.submit_password(actor, tenant_id, Secret(PASSWORD))
    assert isinstance(step, Done)


async def test_a_wrong_password_stays_a_wrong_password(house: House) -> None:
    bob = house.person("Bob", password=PASSWORD)
    actor, tenant_id = await ask_code(house, bob)
    await house.accounts.logins.submit_code(actor, tenant_id, house.code(bob))
    step = await house.accounts.logins.submit_password(actor, tenant_id, Secret("wrong"))
    assert isinstance(step, NeedPassword)
    assert step.problem is not None
    assert step.problem.code is LoginErrorCode.PASSWORD_WRONG


async def test_an_outdated_password_question_is_asked_anew(house: House) -> None:
    bob = house.person("Bob", password=PASSWORD)
    actor, tenant_id = await ask_code(house, bob)
    await house.accounts.logins.submit_code(actor, tenant_id, house.code(bob))
    house.fault("error", "auth.checkPassword", error_code=400, description="SRP_ID_INVALID")
    step = await house.accounts.logins.submit_password(actor, tenant_id, Secret(PASSWORD))
    assert isinstance(step, Done)


@pytest.mark.parametrize("password", ["/start", "  two  spaces", "é", "e\u0301", "пароль🙂"])
async def test_a_password_is_proven_byte_by_byte(house: House, password: str) -> None:
    """Known fault K4: nothing is normalised. https://core.telegram.org/api/srp"""
    bob = house.person("Bob", password=password)
    actor, tenant_id = await ask_code(house, bob)
    await house.accounts.logins.submit_code(actor, tenant_id, house.code(bob))
    step = await house.accounts.logins.submit_password(actor, tenant_id, Secret(password))
    assert isinstance(step, Done)


async def test_a_login_whose_update_state_is_not_told_is_done(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await ask_code(house, ann)
    house.fault("error", "updates.getState", error_code=400, description="SOMETHING_NEW")
    step = await house.accounts.logins.submit_code(actor, tenant_id, house.code(ann))
    assert isinstance(step, Done)
    async with house.accounts.pool.borrow(tenant_id):
        pass


# --- QR ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["AUTH_TOKEN_EXPIRED", "AUTH_TOKEN_INVALID", "AUTH_TOKEN_ALREADY_ACCEPTED"]
)
async def test_a_qr_token_that_ran_out_on_its_way_is_followed_by_a_fresh_one(
    house: House, name: str
) -> None:
    """Known fault K8: the move to another data centre took too long."""
    ann = house.person("Ann")
    actor, tenant_id = await house.tenant(ann)
    house.fault("migrate", "auth.exportLoginToken", description="4")
    house.fault("error", "auth.importLoginToken", error_code=400, description=name)
    shown = await house.accounts.logins.begin(actor, tenant_id, "qr")
    assert isinstance(shown, ShowQr)
    house.scan(ann, shown)
    await eventually(lambda: house.changes)
    assert await house.accounts.pool.is_connected(tenant_id)


async def test_a_qr_login_goes_on_although_every_token_is_refused_for_a_while(
    house: House,
) -> None:
    actor, tenant_id = await house.tenant(house.person("Ann"))
    house.fault(
        "error", "auth.exportLoginToken", error_code=400, description="AUTH_TOKEN_EXPIRED", times=9
    )
    step = await house.accounts.logins.begin(actor, tenant_id, "qr")
    assert step == Failed(code=LoginErrorCode.QR_EXPIRED)
    house.server.faults.clear()
    assert isinstance(await house.accounts.logins.begin(actor, tenant_id, "qr"), ShowQr)


@pytest.mark.parametrize("method", ["qr", "phone"])
async def test_an_outdated_app_is_said_to_be_one(house: House, method: str) -> None:
    """Known fault K8: UPDATE_APP_TO_LOGIN said "please start again" for ever."""
    ann = house.person("Ann")
    actor, tenant_id = await house.tenant(ann)
    house.fault("error", "*", error_code=406, description="UPDATE_APP_TO_LOGIN", times=9)
    step: Step = await house.accounts.logins.begin(actor, tenant_id, method)
    if method == "phone":
        phone = Secret(str(ann.phone))
        step = await house.accounts.logins.submit_phone(actor, tenant_id, phone)
    assert isinstance(step, Failed)
    assert step.code is LoginErrorCode.APP_OUTDATED


# --- Sessions: kept unless they are over --------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "name"),
    [(401, "AUTH_KEY_UNREGISTERED"), (401, "SESSION_REVOKED"), (401, "SOMETHING_NEW")],
)
async def test_one_passing_401_ends_no_session(house: House, code: int, name: str) -> None:
    _, tenant_id = await house.log_in(house.person("Ann"))
    async with house.accounts.pool.borrow(tenant_id) as account:
        house.fault("error", "contacts.resolveUsername", error_code=code, description=name)
        with pytest.raises(TelegramUnavailable):
            await account.channel_statistics(["some_channel"])
    assert await house.accounts.pool.is_connected(tenant_id)
    await house.accounts.pool.release(tenant_id)
    house.fault("error", "users.getUsers", error_code=code, description=name)
    with pytest.raises(TelegramUnavailable):
        async with house.accounts.pool.borrow(tenant_id):
            raise AssertionError
    async with house.accounts.pool.borrow(tenant_id) as account:
        assert await account.channel_statistics(["some_channel"]) == []
    assert [c.state for c in house.changes] == [AccountState.CONNECTED]


async def test_a_session_that_moves_to_another_data_centre_is_not_lost(house: House) -> None:
    """Known fault P8: USER_MIGRATE was called an ended session."""
    _, tenant_id = await house.log_in(house.person("Ann"))
    house.fault("migrate", "contacts.resolveUsername")
    async with house.accounts.pool.borrow(tenant_id) as account:
        assert await account.channel_statistics(["some_channel"]) == []
    assert await house.accounts.pool.is_connected(tenant_id)
    await house.restart()
    async with house.accounts.pool.borrow(tenant_id) as account:
        assert await account.channel_statistics(["some_channel"]) == []
    assert [c.state for c in house.changes] == [AccountState.CONNECTED]


async def test_a_frozen_account_keeps_its_session_and_thaws(house: House) -> None:
    """Known fault P8: frozen, banned and lost are three things."""
    actor, tenant_id = await house.log_in(house.person("Ann"))
    pool = house.accounts.pool
    for _ in range(2):
        async with pool.borrow(tenant_id) as account:
            house.fault(
                "error",
                "contacts.resolveUsername",
                error_code=420,
                description="FROZEN_METHOD_INVALID",
            )
            with pytest.raises(AccountRefused):
                await account.recent_messages("some_channel")
    view = await pool.view(actor, tenant_id)
    assert view is not None
    assert view.state is AccountState.FROZEN
    assert await pool.is_connected(tenant_id)
    await house.restart()
    await house.accounts.pool.check(tenant_id)
    states = [c.state for c in house.changes]
    assert states == [AccountState.CONNECTED, AccountState.FROZEN, AccountState.CONNECTED]


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("USER_DEACTIVATED_BAN", AccountState.STOPPED),
        ("USER_DEACTIVATED", AccountState.DELETED),
    ],
)
async def test_a_closed_account_says_so_at_the_first_and_the_next_borrower(
    house: House, name: str, state: AccountState
) -> None:
    """Known fault P8: a banned account was invited to connect again."""
    _, tenant_id = await house.log_in(house.person("Ann"))
    house.fault("error", "users.getUsers", error_code=401, description=name)
    for _ in range(2):
        with pytest.raises(AccountClosed) as closed:
            async with house.accounts.pool.borrow(tenant_id):
                raise AssertionError
        assert closed.value.params["state"] == state
    assert house.changes[-1].state == state


# --- Noticed soon -----------------------------------------------------------------------------


async def test_looking_at_an_account_has_its_session_checked(house: House) -> None:
    """Known fault P7: a session ended under Devices was shown for up to six hours."""
    ann = house.person("Ann")
    actor, tenant_id = await house.log_in(ann)
    await eventually(lambda: connections(house) == 0)
    [session] = house.world.logins.sessions(ann.id)
    house.world.logins.revoke(ann.id, session.hash)
    view = await house.accounts.pool.view(actor, tenant_id)
    assert view is not None
    await eventually(lambda: house.changes[-1].state == AccountState.LOST)


async def test_no_account_is_asked_about_more_often_than_it_has_to_be(house: House) -> None:
    """Known fault B20: what is remembered of accounts goes with them."""
    actor, tenant_id = await house.log_in(house.person("Ann"))
    care = house.accounts.care
    await care.sweep()
    assert connections(house) == 0
    house.clock.pass_by(601)
    await care.sweep()
    await house.accounts.pool.release(tenant_id)
    asked = len(house.world.logins.keys)
    await care.sweep()
    assert connections(house) == 0
    assert len(house.world.logins.keys) == asked
    await house.accounts.pool.disconnect(actor, tenant_id)
    await care.sweep()
    assert care._looked_at == {}


# --- Nobody's sessions ------------------------------------------------------------------------


async def test_a_login_that_could_not_be_stored_is_ended_at_telegram(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Known fault B19."""
    ann = house.person("Ann")
    actor, tenant_id = await ask_code(house, ann)

    async def full(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(house.services.audit, "record", full)
    step = await house.accounts.logins.submit_code(actor, tenant_id, house.code(ann))
    assert step == Failed(code=LoginErrorCode.NOT_STORED)
    assert house.world.logins.sessions(ann.id) == []
    assert house.stored("SELECT count(*) FROM accounts") == [(0,)]
    monkeypatch.undo()
    await house.log_in_with(ann, actor, tenant_id)


async def test_a_login_that_ends_after_its_bot_was_erased_leaves_no_session(house: House) -> None:
    """Known fault B19."""
    ann = house.person("Ann")
    actor, tenant_id = await ask_code(house, ann)
    async with house.services.db.write() as uow:
        await uow.connection.exec_driver_sql("UPDATE tenants SET desired = 'erasing'")
    step = await house.accounts.logins.submit_code(actor, tenant_id, house.code(ann))
    assert step == Failed(code=LoginErrorCode.NOT_STORED)
    assert house.world.logins.sessions(ann.id) == []


async def test_giving_up_a_login_that_was_done_unnoticed_logs_it_out(house: House) -> None:
    """Known fault B19."""
    ann = house.person("Ann")
    actor, tenant_id = await ask_code(house, ann)
    [key] = house.world.logins.keys.values()
    house.world.logins.admit(key, ann.id)
    assert len(house.world.logins.sessions(ann.id)) == 1
    await house.accounts.logins.cancel(actor, tenant_id)
    assert house.world.logins.sessions(ann.id) == []


async def test_two_logins_begun_at_once_are_one(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.tenant(ann)
    logins = house.accounts.logins
    steps = await asyncio.gather(*(logins.begin(actor, tenant_id, "qr") for _ in range(3)))
    assert all(isinstance(step, ShowQr) for step in steps)
    last = await logins.current(actor, tenant_id)
    house.scan(ann, last)
    await eventually(lambda: house.changes)
    assert len(house.world.logins.sessions(ann.id)) == 1
    assert [k for k in house.world.logins.keys.values() if k.account_id is None] == []


# --- Time limits ------------------------------------------------------------------------------


async def test_erasing_does_not_wait_for_a_telegram_that_hangs(house: House) -> None:
    """Known fault B15 (low): erasing waited 40 seconds."""
    _, tenant_id = await house.log_in(house.person("Ann"))
    await house.restart(log_out_timeout=0.3)
    house.fault("hang", "users.getUsers")
    async with asyncio.timeout(30):
        assert not await house.accounts.pool.log_out(tenant_id)
    assert await house.accounts.pool.is_connected(tenant_id)


# --- Access -----------------------------------------------------------------------------------


async def test_nobody_sees_anothers_account(house: House) -> None:
    """Known fault R8: every read of an account asks the access service."""
    ann, eve = house.person("Ann"), house.person("Eve")
    actor, tenant_id = await house.log_in(ann)
    stranger, _ = await house.tenant(eve)
    pool, logins = house.accounts.pool, house.accounts.logins
    forged = Actor(user_id=UserId(eve.id), role=Role.OWNER, subject_id=actor.user_id)
    for other in (stranger, forged):
        with pytest.raises(AccessDenied):
            await pool.view(other, tenant_id)
        with pytest.raises(AccessDenied):
            await logins.brought_credentials(other, tenant_id)
        with pytest.raises(AccessDenied):
            await logins.current(other, tenant_id)
    denied = house.stored("SELECT DISTINCT actor_id FROM audit WHERE action = 'access:denied'")
    assert denied == [(eve.id,)]
    assert await pool.view(actor, tenant_id) is not None


# --- The lease --------------------------------------------------------------------------------


async def test_nothing_connects_before_the_lease_is_held(house: House) -> None:
    """Known fault B1."""
    ann = house.person("Ann")
    actor, tenant_id = await house.log_in(ann)
    await house.accounts.stop()
    house.accounts = build_accounts(house.services, house.settings)
    pool, logins = house.accounts.pool, house.accounts.logins
    with pytest.raises(TelegramUnavailable):
        async with pool.borrow(tenant_id):
            raise AssertionError
    with pytest.raises(TelegramUnavailable):
        await pool.disconnect(actor, tenant_id)
    _, other = await house.tenant(house.person("Bob"))
    bob = Actor(user_id=UserId(ann.id + 1), role=Role.TENANT, subject_id=UserId(ann.id + 1))
    step = await logins.begin(bob, other, "qr")
    assert step == Failed(code=LoginErrorCode.TELEGRAM_UNAVAILABLE)
    assert connections(house) == 0
    await house.accounts.start()
    async with pool.borrow(tenant_id):
        assert connections(house) == 1


async def test_every_connection_is_cut_at_the_leases_end(house: House) -> None:
    """Known fault B1: one auth key in two processes is killed by Telegram for good."""
    held = True
    _, tenant_id = await house.log_in(house.person("Ann"))
    eve, other = await house.tenant(house.person("Eve"))
    await house.accounts.stop()
    house.accounts = build_accounts(house.services, house.settings)
    await house.accounts.start(lambda: held)
    assert isinstance(await house.accounts.logins.begin(eve, other, "qr"), ShowQr)
    async with house.accounts.pool.borrow(tenant_id) as account:
        assert connections(house) == 2
        held = False
        await eventually(lambda: connections(house) == 0)
        with pytest.raises((TelegramUnavailable, AccountNotConnected)):
            await account.channel_statistics(["some_channel"])
    await asyncio.sleep(1.2)
    assert connections(house) == 0
    with pytest.raises(TelegramUnavailable):
        async with house.accounts.pool.borrow(tenant_id):
            raise AssertionError
    assert await house.accounts.pool.is_connected(tenant_id)


# --- Ways codes come --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("flash_call", Delivery.FLASH_CALL),
        ("missed_call", Delivery.MISSED_CALL),
        ("fragment", Delivery.FRAGMENT),
        ("email", Delivery.EMAIL),
        ("word", Delivery.WORDS),
        ("firebase", Delivery.SMS),
    ],
)
async def test_every_way_a_code_comes(house: House, way: str, expected: Delivery) -> None:
    """A code for Telegram's own apps only is asked for again by the next way."""
    ann = house.person("Ann")
    actor, tenant_id = await house.tenant(ann)
    await house.accounts.logins.begin(actor, tenant_id, "phone")
    house.fault("sent_code", "auth.sendCode", description=way)
    step = await house.accounts.logins.submit_phone(actor, tenant_id, Secret(str(ann.phone)))
    assert isinstance(step, NeedCode)
    assert step.delivered_by is expected
    if expected is not Delivery.WORDS:
        done = await house.accounts.logins.submit_code(actor, tenant_id, house.code(ann))
        assert isinstance(done, Done)


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("setup_email", LoginErrorCode.EMAIL_SETUP_REQUIRED),
        ("payment", LoginErrorCode.PAYMENT_REQUIRED),
    ],
)
async def test_a_code_that_wants_something_first(
    house: House, way: str, expected: LoginErrorCode
) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.tenant(ann)
    await house.accounts.logins.begin(actor, tenant_id, "phone")
    house.fault("sent_code", "auth.sendCode", description=way)
    step = await house.accounts.logins.submit_phone(actor, tenant_id, Secret(str(ann.phone)))
    assert step == Failed(code=expected)


async def test_people_of_another_data_centre_log_in_by_both_ways(house: House) -> None:
    ann, bob = house.person("Ann"), house.person("Bob")
    for person in (ann, bob):
        house.world.logins.move(person.id, 4)
    _, tenant_id = await house.log_in(ann)
    async with house.accounts.pool.borrow(tenant_id):
        pass
    actor, other = await house.tenant(bob)
    house.scan(bob, await house.accounts.logins.begin(actor, other, "qr"))
    await eventually(lambda: len(house.changes) == 2)
    async with house.accounts.pool.borrow(other):
        pass


# --- Logs -------------------------------------------------------------------------------------


async def test_no_exception_carries_what_people_wrote_into_a_log(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Known fault R14: Telethon's exceptions hold the request, with code and number."""
    caplog.set_level("DEBUG")
    bob = house.person("Bob", password=PASSWORD)
    actor, tenant_id = await ask_code(house, bob)
    code = house.code(bob)
    for name in ("PHONE_CODE_EXPIRED", "SOMETHING_NEW"):
        house.fault("error", "auth.signIn", error_code=400, description=name)
        await house.accounts.logins.submit_code(actor, tenant_id, code)
    await house.log_in_with(bob, actor, tenant_id)

    async def breaks(_self: object, request: object, timeout: float = 0) -> None:
        raise rpc_message_to_error(RpcError(400, "SOMETHING_NEW"), request)

    channel = f"a_secret_channel_{tenant_id}"
    async with house.accounts.pool.borrow(tenant_id) as account:
        monkeypatch.setattr(AccountClient, "call", breaks)
        try:
            await account.recent_messages(channel)
        except AccountRefused:
            structlog.get_logger("test").exception("as a feature would")
            error = sys.exc_info()[1]
        assert isinstance(error, AccountRefused)
        assert (error.__cause__, error.__context__) == (None, None)
    for secret in (code.reveal(), PASSWORD, str(bob.phone).lstrip("+"), channel):
        assert secret not in caplog.text
