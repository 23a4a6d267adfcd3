"""Every call of the login and of the pool × each error that Telegram can answer it with.

The meaning of each error is judged in this process; one of each class, and every error that a
method's own page lists, goes the whole way over the wire.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from telethon.client import users

from controlbot.texts.messages import (
    ERRORS,
    INTERNAL,
    TROUBLES,
    error_text,
    failed_text,
    problem_text,
)
from mtproto.accounts.repository import USABLE
from mtproto.client.error_map import Kind, classify
from mtproto.login.steps import Done, Failed, NeedCode, NeedPassword, NeedPhone, ShowQr, Step
from sandbox.world import Account
from tenants.domain.errors import PlatformError
from tenants.domain.model import Actor, Secret, TenantId
from tenants.i18n.translator import LANGUAGES, Catalogs
from tests.integration.mtproto import schema_errors as schema
from tests.integration.mtproto.conftest import PASSWORD, House

CATALOGS: Final = Catalogs.load("controlbot")
FINAL: Final = ("AUTH_KEY_DUPLICATED", "USER_DEACTIVATED", "USER_DEACTIVATED_BAN")
"""Believed at the first word; any other end of a session is asked about once more."""
ENDS_SESSIONS: Final = (
    *FINAL,
    "AUTH_KEY_INVALID",
    "AUTH_KEY_UNREGISTERED",
    "SESSION_EXPIRED",
    "SESSION_REVOKED",
)

ASKED: Final = {
    method: tuple(dict.fromkeys((*own, *schema.SAMPLE))) for method, own in schema.OF_METHOD.items()
}


# --- What an error means ------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "name"), schema.everything())
def test_every_error_means_something_and_tells_no_secret(code: int, name: str) -> None:
    verdict = classify(schema.error(code, name))
    assert verdict.trouble in TROUBLES
    if verdict.kind in (Kind.LOST, Kind.STOPPED):
        assert verdict.name in ENDS_SESSIONS or (code, name) == (401, "SOMETHING_NEW")
    if verdict.kind is Kind.WAIT:
        assert verdict.retry_after is not None
        assert 1 <= verdict.retry_after <= 30 * 24 * 3600
    assert re.fullmatch(r"[A-Za-z0-9_]+", verdict.name)
    for secret in (schema.PHONE, schema.CODE, "hash-of-the-code"):
        assert secret not in repr(verdict)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_trouble_and_error_is_worded(language: str) -> None:
    tr = CATALOGS.translator(language)
    for words in (*TROUBLES.values(), *ERRORS.values()):
        assert words
    for trouble in TROUBLES:
        assert failed_text(tr, Failed(code=trouble))


# --- Over the wire ------------------------------------------------------------------------------


class Quiet:
    """What was logged since the last look: at most one line of note, no traceback, no secret."""

    def __init__(self, caplog: pytest.LogCaptureFixture, secrets: list[str]) -> None:
        self._caplog = caplog
        self._secrets = secrets

    def check(self, where: str) -> None:
        # Telethon's own lines on a server's trouble hold no request (mtproto/client/client.py).
        ours = [r for r in self._caplog.records if not r.name.startswith("mtproto.telethon")]
        loud = [record.getMessage() for record in ours if record.levelno >= logging.WARNING]
        assert len(loud) <= 1, (where, loud)
        assert not any(record.exc_info for record in self._caplog.records), where
        refused = [r for r in ours if "login refused" in r.getMessage()]
        assert len(refused) <= 1, (where, refused)
        for secret in self._secrets:
            assert secret not in self._caplog.text, where
        self._caplog.clear()


@pytest.fixture(autouse=True)
def _no_pause_after_a_500(monkeypatch: pytest.MonkeyPatch) -> None:
    """Telethon sleeps two seconds after each."""

    class Hurried:
        def __getattr__(self, name: str) -> Any:
            return getattr(asyncio, name)

        async def sleep(self, _seconds: float) -> None:
            await asyncio.sleep(0)

    monkeypatch.setattr(users, "asyncio", Hurried())


@pytest.fixture
def secrets() -> list[str]:
    return [PASSWORD]


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture, secrets: list[str]) -> Quiet:
    caplog.set_level("INFO")
    return Quiet(caplog, secrets)


Act = Callable[[House, Account, Actor, TenantId], Awaitable[Step | None]]


async def _begin(house: House, account: Account, actor: Actor, tenant_id: TenantId) -> Step:
    logins = house.accounts.logins
    await logins.begin(actor, tenant_id, "phone")
    return await logins.submit_phone(actor, tenant_id, Secret(str(account.phone)))


async def _to_password(house: House, account: Account, actor: Actor, tenant_id: TenantId) -> Step:
    step = await _begin(house, account, actor, tenant_id)
    assert isinstance(step, NeedCode)
    code = house.code(account)
    return await house.accounts.logins.submit_code(actor, tenant_id, code)


async def _send(house: House, account: Account, actor: Actor, tenant_id: TenantId) -> Step:
    phone = Secret(str(account.phone))
    return await house.accounts.logins.submit_phone(actor, tenant_id, phone)


async def _sign_in(house: House, account: Account, actor: Actor, tenant_id: TenantId) -> Step:
    return await house.accounts.logins.submit_code(actor, tenant_id, house.code(account))


async def _resend(house: House, _: Account, actor: Actor, tenant_id: TenantId) -> Step:
    house.clock.pass_by(61)
    return await house.accounts.logins.resend_code(actor, tenant_id)


async def _prove(house: House, _: Account, actor: Actor, tenant_id: TenantId) -> Step:
    return await house.accounts.logins.submit_password(actor, tenant_id, Secret(PASSWORD))


async def _show(house: House, _: Account, actor: Actor, tenant_id: TenantId) -> Step:
    return await house.accounts.logins.begin(actor, tenant_id, "qr")


async def _show_moved(house: House, _: Account, actor: Actor, tenant_id: TenantId) -> Step:
    house.fault("migrate", "auth.exportLoginToken", description="4")
    return await house.accounts.logins.begin(actor, tenant_id, "qr")


async def _nothing(_: House, __: Account, ___: Actor, ____: TenantId) -> None:
    return None


LOGIN: Final[dict[str, tuple[Act, Act]]] = {
    "auth.sendCode": (_begin, _send),
    "auth.resendCode": (_begin, _resend),
    "auth.cancelCode": (_begin, _send),
    "auth.signIn": (_begin, _sign_in),
    "auth.checkPassword": (_to_password, _prove),
    "account.getPassword": (_to_password, _prove),
    "auth.exportLoginToken": (_nothing, _show),
    "auth.importLoginToken": (_nothing, _show_moved),
    "updates.getState": (_begin, _sign_in),
    "updates.getDifference": (_begin, _sign_in),
}
"""A call of the login, how to come before it, and the act that makes it."""


@pytest.mark.parametrize("method", LOGIN)
async def test_every_call_of_a_login(
    house: House, method: str, quiet: Quiet, secrets: list[str]
) -> None:
    """However Telegram answers, the person stands at a step or reads how the login ended."""
    prepare, act = LOGIN[method]
    has_password = prepare is _to_password
    account = house.person("Ann", password=PASSWORD if has_password else None)
    actor, tenant_id = await house.tenant(account)
    secrets.append(str(account.phone).lstrip("+"))
    for code, name in ASKED[method]:
        where = f"{method}: {code} {name}"
        await prepare(house, account, actor, tenant_id)
        quiet.check(where)
        house.fault("error", method, error_code=code, description=name)
        step = await act(house, account, actor, tenant_id)
        _is_worded(step, where)
        quiet.check(where)
        await _clean_up(house, account, actor, tenant_id, step, where)


def _is_worded(step: Step | None, where: str) -> None:
    assert isinstance(step, (NeedPhone, NeedCode, NeedPassword, ShowQr, Done, Failed)), where
    for language in LANGUAGES:
        tr = CATALOGS.translator(language)
        if isinstance(step, Failed):
            assert failed_text(tr, step, datetime.now(UTC)), where
        problem = getattr(step, "problem", None)
        if problem is not None:
            assert problem_text(tr, problem), where


async def _clean_up(
    house: House, account: Account, actor: Actor, tenant_id: TenantId, step: Any, where: str
) -> None:
    """Sessions without an owner are left behind by none of it."""
    logins, pool = house.accounts.logins, house.accounts.pool
    house.server.faults.clear()
    if isinstance(step, Done):
        assert await pool.is_connected(tenant_id), where
        await pool.disconnect(actor, tenant_id)
    await logins.cancel(actor, tenant_id)
    assert await logins.current(actor, tenant_id) is None, where
    assert house.world.logins.sessions(account.id) == [], where
    assert house.stored("SELECT count(*) FROM logins WHERE step <> 'over'") == [(0,)], where
    house.clock.pass_by(31 * 24 * 3600)  # whatever Telegram wanted to be waited for
    await logins.sweep()


async def _statistics(house: House, tenant_id: TenantId) -> None:
    async with house.accounts.pool.borrow(tenant_id) as account:
        await account.channel_statistics(["anns_news"])


async def _history(house: House, tenant_id: TenantId) -> None:
    async with house.accounts.pool.borrow(tenant_id) as account:
        await account.recent_messages("anns_news")


async def _check(house: House, tenant_id: TenantId) -> None:
    await house.accounts.pool.release(tenant_id)
    await house.accounts.pool.check(tenant_id)


async def _check_frozen(house: House, tenant_id: TenantId) -> None:
    async with house.services.db.write() as uow:
        now = house.clock.now()
        await uow.accounts.update(tenant_id, now, state="frozen")
    await _check(house, tenant_id)
    async with house.services.db.write() as uow:
        await uow.connection.exec_driver_sql(
            "UPDATE accounts SET state = 'connected' WHERE state = 'frozen'"
        )


async def _log_out(house: House, tenant_id: TenantId) -> None:
    await house.accounts.pool.log_out(tenant_id)


POOL: Final[dict[str, Callable[[House, TenantId], Awaitable[None]]]] = {
    "users.getUsers": _check,
    "contacts.resolveUsername": _statistics,
    "channels.getFullChannel": _statistics,
    "messages.getHistory": _history,
    "updates.getDifference": _check,
    "help.getAppConfig": _check_frozen,
    "auth.logOut": _log_out,
}


@pytest.mark.parametrize("method", POOL)
async def test_every_call_of_the_pool(
    house: House, method: str, quiet: Quiet, secrets: list[str]
) -> None:
    """A feature gets an error of the platform's; the session ends only when the error says
    so, and then its key is erased."""
    ann = house.person("Ann")
    house.world.add_channel(ann.id, "Ann's news", "anns_news")
    actor, tenant_id = await house.log_in(ann)
    secrets.append(str(ann.phone).lstrip("+"))
    for code, name in ASKED[method]:
        where = f"{method}: {code} {name}"
        quiet.check(where)
        house.fault("error", method, error_code=code, description=name)
        try:
            await POOL[method](house, tenant_id)
        except PlatformError as error:
            _error_is_worded(error, where)
        quiet.check(where)
        house.server.faults.clear()
        await _see_that_it_lives_unless(house, tenant_id, name, where)
        if not await house.accounts.pool.is_connected(tenant_id):
            await house.log_in_with(ann, actor, tenant_id)
        house.clock.pass_by(31 * 24 * 3600)


def _error_is_worded(error: PlatformError, where: str) -> None:
    for language in LANGUAGES:
        tr = CATALOGS.translator(language)
        assert error_text(tr, error) != tr(INTERNAL), where


async def _see_that_it_lives_unless(
    house: House, tenant_id: TenantId, name: str, where: str
) -> None:
    rows = house.stored("SELECT state, session_sealed IS NULL FROM accounts")
    if not rows:
        assert where.startswith("auth.logOut"), where
        return
    [(state, erased)] = rows
    if name in FINAL and not where.startswith(("updates.", "help.")):
        assert erased, where
        assert state not in USABLE, where
    elif name not in ENDS_SESSIONS:
        assert state in USABLE, where
        assert not erased, where
