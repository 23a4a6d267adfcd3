"""QR login: shown, renewed, scanned, and handed over to the password."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from mtproto.login.steps import Done, Failed, LoginErrorCode, NeedPassword, ShowQr, Step
from tenants.domain.model import Secret, TenantId
from tests.integration.mtproto.conftest import PASSWORD, House


class Steps:
    """What a login tells by itself, in order."""

    def __init__(self) -> None:
        self._told: asyncio.Queue[Step] = asyncio.Queue()

    async def watch(self, step: Step) -> None:
        self._told.put_nowait(step)

    async def listen(self, tenant_id: TenantId, step: Step) -> None:
        self._told.put_nowait(step)

    async def next(self, wanted: Callable[[Step], bool] = lambda step: True) -> Step:
        async with asyncio.timeout(10):
            while True:
                step = await self._told.get()
                if wanted(step):
                    return step


def is_over(step: Step) -> bool:
    return not isinstance(step, ShowQr)


@pytest.mark.case(64)
async def test_a_scan_logs_in(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.tenant(ann)
    logins = house.accounts.logins
    steps = Steps()
    logins.watch(tenant_id, steps.watch)

    shown = await logins.begin(actor, tenant_id, "qr")
    assert isinstance(shown, ShowQr)
    assert shown.url.startswith("tg://login?token=")
    assert await logins.current(actor, tenant_id) == shown
    house.scan(ann, shown)
    done = await steps.next()
    assert isinstance(done, Done)
    assert done.account.user_id == ann.id
    assert await house.accounts.pool.is_connected(tenant_id)


@pytest.mark.case(64)
async def test_a_scan_of_a_protected_account_asks_for_the_password(house: House) -> None:
    bob = house.person("Bob", password=PASSWORD)
    actor, tenant_id = await house.tenant(bob)
    logins = house.accounts.logins
    steps = Steps()
    stop = logins.watch(tenant_id, steps.watch)

    house.scan(bob, await logins.begin(actor, tenant_id, "qr"))
    assert await steps.next() == NeedPassword(hint="a horse")
    assert isinstance(await logins.current(actor, tenant_id), NeedPassword)
    done = await logins.submit_password(actor, tenant_id, Secret(PASSWORD))
    assert isinstance(done, Done)
    stop()


@pytest.mark.case(64)
async def test_a_qr_code_is_renewed_before_it_expires(house: House) -> None:
    house.world.logins.qr_ttl = 2.0
    ann = house.person("Ann")
    actor, tenant_id = await house.tenant(ann)
    logins = house.accounts.logins
    steps = Steps()
    logins.listen(steps.listen)

    first = await logins.begin(actor, tenant_id, "qr")
    second = await steps.next()
    assert isinstance(first, ShowQr)
    assert isinstance(second, ShowQr)
    assert first.url != second.url
    assert second.expires_at > first.expires_at
    house.scan(ann, second)
    assert isinstance(await steps.next(is_over), Done)


async def test_a_lost_connection_does_not_end_a_qr_login(house: House) -> None:
    house.world.logins.qr_ttl = 2.0
    ann = house.person("Ann")
    actor, tenant_id = await house.tenant(ann)
    logins = house.accounts.logins
    steps = Steps()
    logins.watch(tenant_id, steps.watch)
    await logins.begin(actor, tenant_id, "qr")
    house.server.pause(0.1)

    renewed = await steps.next(lambda step: isinstance(step, ShowQr))
    house.scan(ann, renewed)
    assert isinstance(await steps.next(is_over), Done)


async def test_a_qr_code_scanned_while_we_were_away_logs_in(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.tenant(ann)
    shown = await house.accounts.logins.begin(actor, tenant_id, "qr")
    await house.accounts.stop()
    house.scan(ann, shown)
    await house.begin()
    steps = Steps()
    house.accounts.logins.listen(steps.listen)
    assert isinstance(await steps.next(), Done)
    assert await house.accounts.pool.is_connected(tenant_id)


@pytest.mark.case(17)
async def test_a_qr_code_nobody_scans_runs_out(house: House) -> None:
    ann = house.person("Ann")
    actor, tenant_id = await house.tenant(ann)
    logins = house.accounts.logins
    steps = Steps()
    logins.watch(tenant_id, steps.watch)
    await logins.begin(actor, tenant_id, "qr")
    house.clock.pass_by(601)
    await logins.sweep()
    over = await steps.next(is_over)
    assert over == Failed(code=LoginErrorCode.TIMED_OUT)
    assert house.stored("SELECT count(*) FROM logins") == [(0,)]
