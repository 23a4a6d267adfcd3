"""Phone, code, password: the steps, and what each refusal makes of them."""

from __future__ import annotations

import pytest

from mtproto.accounts.repository import AccountState
from mtproto.login.steps import (
    Delivery,
    Done,
    Failed,
    LoginErrorCode,
    NeedCode,
    NeedPassword,
    NeedPhone,
    ShowQr,
)
from tenants.domain.model import Secret
from tests.integration.mtproto.conftest import PASSWORD, House


def trouble(step: object) -> LoginErrorCode | None:
    assert isinstance(step, (NeedPhone, NeedCode, NeedPassword))
    return step.problem.code if step.problem else None


async def test_a_person_logs_in_by_code(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.tenant(ann)
    logins = house.accounts.logins

    assert await logins.current(actor, tenant_id) is None
    assert await logins.begin(actor, tenant_id, "phone") == NeedPhone()
    asked = await logins.submit_phone(actor, tenant_id, Secret(str(ann.phone)))
    assert isinstance(asked, NeedCode)
    assert asked.length == 5
    assert asked.delivered_by is Delivery.APP
    assert asked.problem is None
    assert asked.phone_masked.startswith("+99•")
    assert str(ann.phone)[1:] not in asked.phone_masked

    done = await logins.submit_code(actor, tenant_id, house.code(ann))
    assert isinstance(done, Done)
    assert (done.account.user_id, done.account.name) == (ann.id, "Ann")
    assert await logins.current(actor, tenant_id) is None
    assert [change.state for change in house.changes] == [AccountState.CONNECTED]
    [session] = house.world.logins.sessions(ann.id)
    assert session.device == "Controlbot"
    assert session.app_version


async def test_two_step_verification_asks_for_its_password(house: House) -> None:
    bob = house.person("Bob", password=PASSWORD)
    actor, tenant_id = await house.tenant(bob)
    logins = house.accounts.logins
    await logins.begin(actor, tenant_id, "phone")
    await logins.submit_phone(actor, tenant_id, Secret(str(bob.phone)))

    asked = await logins.submit_code(actor, tenant_id, house.code(bob))
    assert asked == NeedPassword(hint="a horse")
    wrong = await logins.submit_password(actor, tenant_id, Secret("battery staple"))
    assert trouble(wrong) is LoginErrorCode.PASSWORD_WRONG
    assert isinstance(wrong, NeedPassword)
    right = await logins.submit_password(actor, tenant_id, Secret(PASSWORD))
    assert isinstance(right, Done)


async def test_a_wrong_code_is_the_same_step_again(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.tenant(ann)
    logins = house.accounts.logins
    await logins.begin(actor, tenant_id, "phone")
    await logins.submit_phone(actor, tenant_id, Secret(str(ann.phone)))
    right = house.code(ann).reveal()
    wrong = f"{(int(right) + 1) % 100_000:05}"

    assert (
        trouble(await logins.submit_code(actor, tenant_id, Secret(wrong)))
        is LoginErrorCode.CODE_WRONG
    )
    assert (
        trouble(await logins.submit_code(actor, tenant_id, Secret("12")))
        is LoginErrorCode.CODE_WRONG
    )
    assert isinstance(await logins.submit_code(actor, tenant_id, Secret(right)), Done)


async def test_an_expired_code_is_followed_by_a_fresh_one(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.tenant(ann)
    logins = house.accounts.logins
    await logins.begin(actor, tenant_id, "phone")
    await logins.submit_phone(actor, tenant_id, Secret(str(ann.phone)))
    late = house.code(ann)
    house.clock.pass_by(400)

    assert trouble(await logins.submit_code(actor, tenant_id, late)) is LoginErrorCode.CODE_EXPIRED
    again = await logins.resend_code(actor, tenant_id)
    assert trouble(again) is None
    assert isinstance(await logins.submit_code(actor, tenant_id, house.code(ann)), Done)


@pytest.mark.case(18)
async def test_a_code_typed_in_a_chat_is_explained_and_replaced(house: House) -> None:
    ann, friend = house.person("Ann"), house.person("Fred")
    actor, tenant_id = await house.tenant(ann)
    logins = house.accounts.logins
    await logins.begin(actor, tenant_id, "phone")
    await logins.submit_phone(actor, tenant_id, Secret(str(ann.phone)))
    exposed = house.code(ann)
    house.say(ann.id, friend.id, f"my code is {exposed.reveal()}")

    explained = await logins.code_exposed(actor, tenant_id)
    assert trouble(explained) is LoginErrorCode.CODE_EXPOSED
    assert isinstance(await logins.submit_code(actor, tenant_id, exposed), NeedCode)
    fresh = await logins.resend_code(actor, tenant_id)
    assert trouble(fresh) is None
    assert house.code(ann) != exposed
    assert isinstance(await logins.submit_code(actor, tenant_id, house.code(ann)), Done)


@pytest.mark.case(18)
async def test_after_an_exposed_code_qr_is_a_way_too(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.tenant(ann)
    logins = house.accounts.logins
    await logins.begin(actor, tenant_id, "phone")
    await logins.submit_phone(actor, tenant_id, Secret(str(ann.phone)))
    await logins.code_exposed(actor, tenant_id)

    assert isinstance(await logins.begin(actor, tenant_id, "qr"), ShowQr)
    assert house.world.logins.live_codes() == []


@pytest.mark.parametrize("text", ["", "12", "hello", "+123456789012345678", "+44 20"])
async def test_no_phone_number_is_refused_without_a_call(house: House, text: str) -> None:
    actor, tenant_id = await house.tenant(house.person("Ann"))
    logins = house.accounts.logins
    await logins.begin(actor, tenant_id, "phone")
    house.fault("error", "auth.sendCode", error_code=500, description="MUST_NOT_BE_ASKED")
    step = await logins.submit_phone(actor, tenant_id, Secret(text))
    assert trouble(step) is LoginErrorCode.PHONE_INVALID


async def test_digits_of_another_script_are_digits(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.tenant(ann)
    logins = house.accounts.logins
    await logins.begin(actor, tenant_id, "phone")
    persian = str(ann.phone).translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    assert isinstance(await logins.submit_phone(actor, tenant_id, Secret(persian)), NeedCode)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("PHONE_NUMBER_BANNED", LoginErrorCode.PHONE_BANNED),
        ("PHONE_NUMBER_INVALID", LoginErrorCode.PHONE_INVALID),
    ],
)
async def test_a_number_telegram_refuses(house: House, name: str, expected: LoginErrorCode) -> None:
    actor, tenant_id = await house.tenant(house.person("Ann"))
    logins = house.accounts.logins
    await logins.begin(actor, tenant_id, "phone")
    house.fault("error", "auth.sendCode", error_code=400, description=name)
    step = await logins.submit_phone(actor, tenant_id, Secret("+99966201234"))
    assert isinstance(step, NeedPhone)
    assert trouble(step) is expected


@pytest.mark.case(63)
async def test_a_flood_wait_is_kept_over_restart_and_cancel(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.tenant(ann)
    logins = house.accounts.logins
    await logins.begin(actor, tenant_id, "phone")
    house.fault("retry_after", "auth.sendCode", seconds=3600)
    step = await logins.submit_phone(actor, tenant_id, Secret(str(ann.phone)))
    assert trouble(step) is LoginErrorCode.FLOOD_WAIT
    assert isinstance(step, NeedPhone)
    assert step.problem is not None
    assert step.problem.retry_at is not None
    assert 3590 < (step.problem.retry_at - house.clock.now()).total_seconds() <= 3600

    await logins.cancel(actor, tenant_id)
    await house.restart()
    logins = house.accounts.logins
    assert await logins.current(actor, tenant_id) is None
    refused = await logins.begin(actor, tenant_id, "phone")
    assert isinstance(refused, Failed)
    assert refused.code is LoginErrorCode.FLOOD_WAIT
    assert refused.retry_after is not None
    assert refused.retry_after > 3500
    # Another way in does not wait with it, and an hour later nobody does.
    assert isinstance(await logins.begin(actor, tenant_id, "qr"), ShowQr)
    house.clock.pass_by(3700)
    assert isinstance(await logins.begin(actor, tenant_id, "phone"), NeedPhone)


async def test_telegram_out_of_reach_is_the_same_step_again(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.tenant(ann)
    logins = house.accounts.logins
    await logins.begin(actor, tenant_id, "phone")
    house.fault("error", "auth.sendCode", error_code=500, description="INTERNAL", times=2)
    step = await logins.submit_phone(actor, tenant_id, Secret(str(ann.phone)))
    assert trouble(step) is LoginErrorCode.TELEGRAM_UNAVAILABLE
    step = await logins.submit_phone(actor, tenant_id, Secret(str(ann.phone)))
    assert isinstance(step, NeedCode)


async def test_a_code_for_a_number_nobody_has(house: House) -> None:
    actor, tenant_id = await house.tenant(house.person("Ann"))
    logins = house.accounts.logins
    await logins.begin(actor, tenant_id, "phone")
    step = await logins.submit_phone(actor, tenant_id, Secret("+99966209999"))
    if isinstance(step, NeedCode):
        [code] = house.world.logins.live_codes()
        step = await logins.submit_code(actor, tenant_id, Secret(code.code))
    assert isinstance(step, NeedPhone)
    assert trouble(step) is LoginErrorCode.PHONE_UNKNOWN
