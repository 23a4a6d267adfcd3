"""Every callback of every window, forged with another tenant's ids for every role (fault R8):
nothing of theirs is shown, nothing is done to them, and a refusal is on the record once."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from aiogram_dialog.utils import CB_SEP
from sqlalchemy import select

from controlbot.bot.notice_buttons import OPEN as SHORTCUTS
from controlbot.bot.notice_buttons import PREFIX
from controlbot.dialogs.states import STAFF_ONLY, Admin, Help, Home, Viewing
from tenants.domain.model import Role, Tenant, TenantId, UserId
from tenants.store import tables
from tests.integration.controlbot.conftest import ADA, OWNER, House
from tests.integration.controlbot.forging import Forged, Forger, forged_callbacks

EVE = UserId(66)
BEN = UserId(67)
"""Whose bot Eve's impersonation is about."""
MARKS = ("victim_bot", "Victim's", "Vera Victim", "Veras_account", "VICTIM-GREETING", "hush-hush")
WATCHED = (
    tables.tenants,
    tables.tenant_features,
    tables.secrets,
    tables.accounts,
    tables.logins,
    tables.roles,
    tables.notices,
    tables.updates_inbox,
)
Become = Callable[[House], Awaitable[None]]


async def stranger(_house: House) -> None:
    """Somebody who has agreed to nothing."""


async def no_bot(house: House) -> None:
    await house.agree(EVE)


async def own_bot(house: House) -> None:
    await house.agree(EVE)
    await house.tenant_of(EVE)


async def auditor(house: House) -> None:
    await own_bot(house)
    await grant(house, Role.AUDITOR)


async def admin(house: House) -> None:
    await own_bot(house)
    await grant(house, Role.ADMIN)


async def removed_admin(house: House) -> None:
    await admin(house)
    await house.services.staff.revoke(await house.services.access.actor_for(OWNER), EVE)


async def viewing_another(house: House) -> None:
    """An admin who looks at Ben's bot, and is not done yet."""
    await admin(house)
    await house.agree(BEN)
    ben = await house.tenant_of(BEN)
    actor = await house.services.access.actor_for(EVE)
    await house.services.impersonations.begin(actor, ben.id, "to see")


async def expired(house: House) -> None:
    """An admin whose look at the victim's bot is over, before any tick has noticed."""
    await admin(house)
    actor = await house.services.access.actor_for(EVE)
    await house.services.impersonations.begin(actor, TenantId(1), "to see")
    acting = await house.services.impersonations.actor_while(actor)
    await house.services.impersonations.allow_writing(acting)
    house.clock.pass_by(timedelta(minutes=31).total_seconds())


async def grant(house: House, role: Role) -> None:
    boss = await house.services.access.actor_for(OWNER)
    await house.services.staff.grant(boss, EVE, role)


async def a_victim(house: House) -> Tenant:
    house.telegram.username, house.telegram.name = "victim_bot", "Victim's bakery"
    await house.agree(ADA)
    await house.services.people.see(ADA, "Vera Victim", "en")
    tenant = await house.tenant_of(ADA)
    assert tenant.id == 1
    ada = await house.services.access.actor_for(ADA)
    await house.services.features.set(
        ada, tenant.id, "shop", enabled=True, options={"greeting": "VICTIM-GREETING"}
    )
    now = house.clock.now()
    async with house.services.db.write() as uow:
        await uow.connection.execute(
            tables.accounts.insert().values(
                tenant_id=tenant.id,
                account_user_id=ADA,
                display_name="Veras_account",
                state="connected",
                connected_at=now,
                updated_at=now,
            )
        )
        await uow.connection.execute(
            tables.updates_inbox.insert().values(
                tenant_id=tenant.id, update_id=7, chat_key=5, state=2, received_at=1_000,
                error="hush-hush", payload=b'{"update_id": 7, "message": {"text": "hush-hush"}}',
            )
        )  # fmt: skip
    house.telegram.username, house.telegram.name = "eves_bot", "Eve's bot"
    return tenant


def about(tenant: Tenant) -> tuple[dict[str, Any], dict[str, Any]]:
    """What windows are started with and keep, all of it about a bot of somebody else's."""
    start = {"tenant_id": tenant.id, "replaces": tenant.id, "host": "example.org"}
    data = {
        "tenant_id": tenant.id, "feature": "shop", "option": "greeting", "reason": "because",
        "generation": tenant.generation, "person": int(ADA), "update": 7, "length": 5,
    }  # fmt: skip
    return start, data


def errors_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


async def rows(house: House) -> list[Any]:
    found: list[Any] = []
    async with house.services.db.read() as uow:
        for table in WATCHED:
            about = [table.c.user_id == ADA] if table is tables.notices else []
            if table is tables.roles:
                about = []
            elif not about:
                key = table.c.id if table is tables.tenants else table.c.tenant_id
                about = [key == 1]
            found += (await uow.connection.execute(select(table).where(*about))).all()
    return found


async def denials(house: House) -> list[tuple[UserId, str]]:
    query = select(tables.audit.c.actor_id, tables.audit.c.details).where(
        tables.audit.c.action == "access:denied"
    )
    async with house.services.db.read() as uow:
        found = (await uow.connection.execute(query)).all()
    return [(UserId(row.actor_id), str(row.details)) for row in found]


def shown_since(house: House, drawn: int, calls: int) -> str:
    texts = []
    for message in house.shown.drawn[drawn:]:
        texts += [message.text or "", str(message.reply_markup)]
    texts += [str(call) for call in house.bot.calls[calls:]]
    return "\n".join(texts)


async def may_see(house: House, role: Become) -> bool:
    """Staff see everybody's bots at the desk, and nowhere else."""
    if role not in {auditor, admin, viewing_another, expired}:
        return False
    state = await house.platform.storage.open_state(house.platform.bot.id, EVE)
    return (state or "").partition(":")[0] in {group.__name__ for group in STAFF_ONLY}


def may_do(role: Become, forged: Forged) -> bool:
    """What admins do to bots at the desk is theirs to do."""
    return role in {admin, viewing_another, expired} and forged.state.group is Admin


def may_end(role: Become) -> bool:
    """Whose own look at a bot it is may end it, which its owner is told."""
    return role in {viewing_another, expired}


ROLES = [stranger, no_bot, own_bot, auditor, admin, removed_admin, viewing_another, expired]


@pytest.mark.case(20)
@pytest.mark.case(21)
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.__name__)
async def test_no_forged_callback_shows_or_does_anything(
    house: House, role: Become, caplog: pytest.LogCaptureFixture
) -> None:
    """R8, R12, R13: by forged callbacks a user without any bot read account names."""
    tenant = await a_victim(house)
    await role(house)
    forger = Forger(house, EVE)
    start, data = about(tenant)
    before = await rows(house)
    last = next(forged_callbacks(house, str(tenant.id)))
    for forged in forged_callbacks(house, str(tenant.id), "shop"):
        if may_do(role, forged) or (may_end(role) and forged.data == "stop_viewing"):
            continue
        drawn, calls = len(house.shown.drawn), len(house.bot.calls)
        intent = await forger.stand_at(forged.state, start, data)
        await forger.press(intent, forged.data)
        said = shown_since(house, drawn, calls)
        if not await may_see(house, role):
            leaked = [mark for mark in MARKS if mark in said]
            assert not leaked, f"{forged}: {leaked}"
        if forged.state != last.state:
            assert await rows(house) == before, last
        last = forged
    assert await rows(house) == before, last
    refused = await denials(house)
    assert max(Counter(refused).values(), default=0) <= 3, "a refusal repeated is recorded less"
    assert role is stranger or EVE in {actor for actor, _details in refused}
    assert not errors_in(caplog)


@pytest.mark.case(20)
@pytest.mark.case(21)
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.__name__)
async def test_no_forged_shortcut_shows_or_does_anything(
    house: House, role: Become, caplog: pytest.LogCaptureFixture
) -> None:
    """The buttons below notices carry the id of a bot."""
    tenant = await a_victim(house)
    await role(house)
    forger = Forger(house, EVE)
    before = await rows(house)
    malformed = ["", "0", "-1", "1x", "1:2", "١", "9" * 15, "9" * 40]
    for what in [*SHORTCUTS, "", "erase"]:
        for number in [str(tenant.id), *(malformed if what == "card" else ())]:
            drawn, calls = len(house.shown.drawn), len(house.bot.calls)
            await forger.callback(f"{PREFIX}{what}:{number}")
            said = shown_since(house, drawn, calls)
            leaked = [mark for mark in MARKS if mark in said]
            assert not leaked or await may_see(house, role), f"{what}:{number}: {leaked}"
            assert await rows(house) == before, f"{what}:{number}"
    refused = Counter(await denials(house))
    assert max(refused.values(), default=0) <= 1
    victims = [row for row in refused if row[0] == EVE and f'"object": {tenant.id}' in row[1]]
    assert bool(victims) is (role is not stranger)
    assert not errors_in(caplog)


@pytest.mark.case(20)
@pytest.mark.parametrize(
    "role", [no_bot, own_bot, auditor, viewing_another], ids=lambda role: role.__name__
)
async def test_no_window_starts_by_callback_data_of_another(
    house: House, role: Become, caplog: pytest.LogCaptureFixture
) -> None:
    """The data of every window's buttons, brought to a window that has no such button, and to
    the window that another person has open."""
    tenant = await a_victim(house)
    await role(house)
    start, data = about(tenant)
    theirs = await Forger(house, ADA).stand_at(Home.card, start, {"tenant_id": tenant.id})
    forger = Forger(house, EVE)
    before = await rows(house)
    forgeable = {forged.data for forged in forged_callbacks(house, str(tenant.id))}
    if may_end(role):
        forgeable.remove("stop_viewing")  # theirs to press, wherever they are
    for pressed in sorted(forgeable):
        for foreign in (False, True):
            mine = await forger.stand_at(Help.write, start, data)
            drawn, calls = len(house.shown.drawn), len(house.bot.calls)
            await forger.press(theirs if foreign else mine, pressed)
            leaked = [mark for mark in MARKS if mark in shown_since(house, drawn, calls)]
            assert not leaked, f"{pressed}: {leaked}"
            state = await house.platform.storage.open_state(house.platform.bot.id, EVE)
            group = (state or "").partition(":")[0]
            assert group in {Help.__name__, Home.__name__, Viewing.__name__}, f"{pressed}: {state}"
    for crafted in (
        CB_SEP,
        f"{theirs}{CB_SEP}",
        f"{CB_SEP}pause",
        "x" * 64,
        Admin.card.state or "",
    ):
        await forger.callback(crafted)
    assert await rows(house) == before
    assert not errors_in(caplog)


@pytest.mark.case(20)
@pytest.mark.parametrize("role", [own_bot, admin], ids=lambda role: role.__name__)
async def test_a_forged_key_of_a_list_is_refused_and_recorded_once(
    house: House, role: Become, caplog: pytest.LogCaptureFixture
) -> None:
    """A key that was no number ended as an error of ours in the log."""
    tenant = await a_victim(house)
    await role(house)
    forger = Forger(house, EVE)
    start, data = about(tenant)
    keys = ("x1", "-1", "1.5", "nan", "١", "9" * 20, "")
    before = await rows(house)
    for forged in forged_callbacks(house, *keys):
        if forged.data.partition(":")[2] in keys and ":" in forged.data:
            intent = await forger.stand_at(forged.state, start, data)
            await forger.press(intent, forged.data)
    assert await rows(house) == before
    assert not errors_in(caplog)
    malformed = [
        row for row in await denials(house) if row[0] == EVE and '"object": null' in row[1]
    ]
    assert len(malformed) == 1
