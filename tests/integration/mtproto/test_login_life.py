"""Who may log in, what survives a kill, and how a login ends that nobody finishes."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from mtproto.client.server_address import ApiCredentials
from mtproto.login.steps import (
    Done,
    Failed,
    LoginErrorCode,
    LoginMethod,
    NeedCode,
    NeedPassword,
    NeedPhone,
    ShowQr,
    Step,
)
from sandbox.fault_injection import Fault
from tenants.domain.errors import AccessDenied, ConsentRequired, StateConflict
from tenants.domain.model import Actor, Role, Secret, TenantId, UserId
from tests.integration.mtproto.conftest import PASSWORD, House


@pytest.mark.case(70)
async def test_without_consent_no_session_is_made(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.tenant(ann)
    await house.services.people.withdraw_consent(actor)
    for method in ("qr", "phone"):
        with pytest.raises(ConsentRequired):
            await house.accounts.logins.begin(actor, tenant_id, method)
    assert house.world.logins.keys == {}
    assert house.stored("SELECT count(*) FROM logins") == [(0,)]


async def test_only_the_owner_logs_in_and_never_while_impersonated(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.tenant(ann)
    admin = UserId(999)
    strangers = [
        Actor(user_id=admin, role=Role.ADMIN, subject_id=admin),
        Actor(user_id=admin, role=Role.ADMIN, subject_id=actor.user_id, impersonation_id=1),
        Actor(user_id=admin, role=Role.TENANT, subject_id=actor.user_id),
    ]
    logins = house.accounts.logins
    await logins.begin(actor, tenant_id, "phone")
    for stranger in strangers:
        with pytest.raises(AccessDenied):
            await logins.begin(stranger, tenant_id, "phone")
        with pytest.raises(AccessDenied):
            await logins.current(stranger, tenant_id)
        with pytest.raises(AccessDenied):
            await logins.submit_phone(stranger, tenant_id, Secret(str(ann.phone)))
        with pytest.raises(AccessDenied):
            await logins.cancel(stranger, tenant_id)
        with pytest.raises(AccessDenied):
            await house.accounts.pool.disconnect(stranger, tenant_id)
    assert await logins.current(actor, tenant_id) == NeedPhone()


async def test_a_connected_account_is_not_logged_in_over(house: House) -> None:
    actor, tenant_id = await house.log_in(house.person("Ann"))
    with pytest.raises(StateConflict):
        await house.accounts.logins.begin(actor, tenant_id, "qr")


async def test_a_method_that_is_switched_off(house: House) -> None:
    actor, tenant_id = await house.tenant(house.person("Ann"))
    await house.restart(methods=(LoginMethod.QR,))
    step = await house.accounts.logins.begin(actor, tenant_id, "phone")
    assert step == Failed(code=LoginErrorCode.METHOD_OFF)


async def test_steps_of_an_outdated_window_change_nothing(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.tenant(ann)
    logins = house.accounts.logins
    nothing = await logins.submit_code(actor, tenant_id, Secret("12345"))
    assert nothing == Failed(code=LoginErrorCode.NOT_RUNNING)
    await logins.begin(actor, tenant_id, "phone")
    assert await logins.submit_code(actor, tenant_id, Secret("12345")) == NeedPhone()
    assert await logins.submit_password(actor, tenant_id, Secret("x")) == NeedPhone()


async def test_a_kill_between_any_two_steps_loses_nothing(house: House) -> None:
    bob = house.person("Bob", password=PASSWORD)
    actor, tenant_id = await house.tenant(bob)

    async def again() -> Step | None:
        # Stopping writes nothing of a login: what is there after it was there before.
        await house.restart()
        return await house.accounts.logins.current(actor, tenant_id)

    await house.accounts.logins.begin(actor, tenant_id, "phone")
    assert await again() == NeedPhone()
    asked = await house.accounts.logins.submit_phone(actor, tenant_id, Secret(str(bob.phone)))
    assert isinstance(asked, NeedCode)
    assert await again() == asked
    await house.accounts.logins.submit_code(actor, tenant_id, house.code(bob))
    assert await again() == NeedPassword(hint="a horse")
    done = await house.accounts.logins.submit_password(actor, tenant_id, Secret(PASSWORD))
    assert isinstance(done, Done)
    assert await again() is None
    assert await house.accounts.pool.is_connected(tenant_id)


@pytest.mark.parametrize("password", [None, PASSWORD])
async def test_killed_after_telegram_said_yes_and_before_we_wrote_it_down(
    house: House, password: str | None
) -> None:
    ann = house.person("Ann", password=password)
    actor, tenant_id = await house.tenant(ann)
    logins = house.accounts.logins
    await logins.begin(actor, tenant_id, "phone")
    await logins.submit_phone(actor, tenant_id, Secret(str(ann.phone)))
    [before] = house.stored("SELECT hex(sealed) FROM logins")
    await logins.submit_code(actor, tenant_id, house.code(ann))
    await house.accounts.stop()
    await _put_back(house, tenant_id, bytes.fromhex(before[0]))
    await house.begin()

    step = await house.accounts.logins.current(actor, tenant_id)
    if password is None:
        # The resumed login may have been finished in the background already.
        assert step is None or isinstance(step, Done)
        assert await house.accounts.pool.is_connected(tenant_id)
    else:
        assert step == NeedPassword(hint="a horse")


async def _put_back(house: House, tenant_id: TenantId, sealed: bytes) -> None:
    """The database as it was just before the answer came."""
    async with house.services.db.write() as uow:
        await uow.accounts.delete(tenant_id)
        await uow.connection.exec_driver_sql(
            "INSERT OR REPLACE INTO logins (tenant_id, actor_id, method, step, sealed, deadline,"
            " created_at, updated_at) SELECT id, owner_id, 'phone', 'code', ?,"
            " '2999-01-01 00:00:00', created_at, updated_at FROM tenants WHERE id = ?",
            (sealed, tenant_id),
        )


@pytest.mark.case(17)
async def test_an_abandoned_login_ends_and_its_code_with_it(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.tenant(ann)
    logins = house.accounts.logins
    told: list[Step] = []

    async def watch(step: Step) -> None:
        told.append(step)

    logins.watch(tenant_id, watch)
    await logins.begin(actor, tenant_id, "phone")
    await logins.submit_phone(actor, tenant_id, Secret(str(ann.phone)))
    house.world.logins.code_ttl = 3600
    await logins.resend_code(actor, tenant_id)
    house.clock.pass_by(100)
    await logins.sweep()
    assert told == []
    house.clock.pass_by(501)
    await logins.sweep()

    assert told == [Failed(code=LoginErrorCode.TIMED_OUT)]
    assert house.world.logins.live_codes() == []
    assert house.stored("SELECT count(*) FROM logins") == [(0,)]
    assert await logins.current(actor, tenant_id) is None


@pytest.mark.case(17)
async def test_a_login_abandoned_over_a_restart_ends_too(house: House) -> None:
    bob = house.person("Bob", password=PASSWORD)
    actor, tenant_id = await house.tenant(bob)
    logins = house.accounts.logins
    await logins.begin(actor, tenant_id, "phone")
    await logins.submit_phone(actor, tenant_id, Secret(str(bob.phone)))
    await logins.submit_code(actor, tenant_id, house.code(bob))
    house.clock.pass_by(601)
    await house.restart()
    await house.accounts.logins.sweep()
    assert house.stored("SELECT count(*) FROM logins") == [(0,)]
    assert [s for s in house.world.logins.keys.values() if s.awaits_password] == []


async def test_cancelling_cancels_the_code(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.tenant(ann)
    logins = house.accounts.logins
    await logins.begin(actor, tenant_id, "phone")
    await logins.submit_phone(actor, tenant_id, Secret(str(ann.phone)))
    await logins.cancel(actor, tenant_id)
    assert house.world.logins.live_codes() == []
    assert await logins.current(actor, tenant_id) is None


async def test_an_unreachable_server_fails_a_qr_login_with_that_reason(house: House) -> None:
    actor, tenant_id = await house.tenant(house.person("Ann"))
    await house.server.close()
    step = await house.accounts.logins.begin(actor, tenant_id, "qr")
    assert isinstance(step, Failed)
    assert step.code is LoginErrorCode.TELEGRAM_UNAVAILABLE
    await house.server.start()


async def test_a_key_telegram_forgot_midway_ends_the_login(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.tenant(ann)
    await house.accounts.logins.begin(actor, tenant_id, "phone")
    await house.accounts.logins.submit_phone(actor, tenant_id, Secret(str(ann.phone)))
    await house.accounts.stop()
    for key in list(house.world.logins.keys):
        house.world.logins.drop_key(key)
    house.settings = replace(house.settings)
    await house.begin()
    step = await house.accounts.logins.current(actor, tenant_id)
    assert step is None or step == Failed(code=LoginErrorCode.SESSION_LOST)
    assert await house.accounts.logins.current(actor, tenant_id) is None
    assert isinstance(await house.accounts.logins.begin(actor, tenant_id, "qr"), ShowQr)


async def test_a_login_row_that_was_tampered_with_lets_people_start_over(house: House) -> None:
    actor, tenant_id = await house.tenant(house.person("Ann"))
    await house.accounts.logins.begin(actor, tenant_id, "phone")
    await house.accounts.stop()
    async with house.services.db.write() as uow:
        await uow.connection.exec_driver_sql("UPDATE logins SET sealed = zeroblob(80)")
    await house.begin()
    assert await house.accounts.logins.current(actor, tenant_id) is None
    step = await house.accounts.logins.begin(actor, tenant_id, "phone")
    assert step == NeedPhone()


async def test_a_person_brings_an_application_of_their_own(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.tenant(ann)
    await house.restart(api=None)
    logins = house.accounts.logins
    missing = await logins.begin(actor, tenant_id, "qr")
    assert missing == Failed(code=LoginErrorCode.API_MISSING)
    own = ApiCredentials(api_id=777, api_hash=Secret("f" * 32))
    await logins.bring_credentials(actor, tenant_id, own)
    await house.log_in_with(ann, actor, tenant_id)
    [session] = house.world.logins.sessions(ann.id)
    assert session.api_id == 777
    # The session goes on with the application it was made by, whatever is set later.
    await logins.bring_credentials(actor, tenant_id, None)
    async with house.accounts.pool.borrow(tenant_id):
        assert session.api_id == 777
    assert b"f" * 32 not in house.database_file.read_bytes()


async def test_phone_migration_is_followed(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.tenant(ann)
    house.server.faults.add(
        Fault(protocol="mtproto", kind="migrate", method="auth.sendCode", times=1)
    )
    await house.log_in_with(ann, actor, tenant_id)
    assert await house.accounts.pool.is_connected(tenant_id)


async def test_twenty_people_log_in_at_once_and_each_is_themselves(house: House) -> None:
    people = [house.person(f"Person {number}") for number in range(20)]
    homes = [await house.tenant(person) for person in people]
    await asyncio.gather(
        *(
            house.log_in_with(person, actor, tenant_id)
            for person, (actor, tenant_id) in zip(people, homes, strict=True)
        )
    )
    for person, (actor, tenant_id) in zip(people, homes, strict=True):
        view = await house.accounts.pool.view(actor, tenant_id)
        assert view is not None
        assert view.account.user_id == person.id
        assert len(house.world.logins.sessions(person.id)) == 1


@pytest.mark.case(6)
async def test_no_code_phone_or_key_lies_open(
    house: House, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    bob = house.person("Bob", password=PASSWORD)
    actor, tenant_id = await house.tenant(bob)
    logins = house.accounts.logins
    await logins.begin(actor, tenant_id, "phone")
    await logins.submit_phone(actor, tenant_id, Secret(str(bob.phone)))
    code = house.code(bob)
    await logins.submit_code(actor, tenant_id, Secret("00000" if code != "00000" else "11111"))
    await logins.submit_code(actor, tenant_id, code)
    await logins.submit_password(actor, tenant_id, Secret("wrong battery"))
    [session] = [s for s in house.world.logins.keys.values() if s.account_id == bob.id]
    await logins.submit_password(actor, tenant_id, Secret(PASSWORD))

    on_disk = b"".join(path.read_bytes() for path in house.directory.iterdir())
    written = capsys.readouterr()
    logged = caplog.text + written.out + written.err
    digits = str(bob.phone).lstrip("+")
    for secret in (digits, code.reveal(), PASSWORD, "wrong battery", session.auth_key.hex()):
        assert secret not in logged
    for raw in (digits.encode(), PASSWORD.encode(), session.auth_key):
        assert raw not in on_disk
