"""Every callback of every window, forged with another tenant's ids for every role (fault R8):
nothing of theirs is shown, nothing is done to them, and a refusal is on the record once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from controlbot.dialogs.states import STAFF_ONLY, Admin
from tenants.model import Role, Tenant, TenantId, UserId
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
async def test_no_forged_callback_shows_or_does_anything(house: House, role: Become) -> None:
    """R8, R12, R13: by forged callbacks a user without any bot read account names."""
    tenant = await a_victim(house)
    await role(house)
    forger = Forger(house, EVE)
    start = {"tenant_id": tenant.id, "replaces": tenant.id, "host": "example.org"}
    data = {
        "tenant_id": tenant.id, "feature": "shop", "option": "greeting", "reason": "because",
        "generation": tenant.generation, "person": int(ADA), "update": 7, "length": 5,
    }  # fmt: skip
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
