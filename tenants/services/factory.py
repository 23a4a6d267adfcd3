"""Builds the services and opens their database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tenants.domain.events import EventBus
from tenants.domain.model import PlatformLimits
from tenants.domain.ports import Clock, MasterKeyProvider, TokenProber
from tenants.security.audit_chain import Audit
from tenants.security.authorization import Access
from tenants.security.key_rotation import KeyRotation
from tenants.security.vault import Vault
from tenants.services.audit_log import AuditLog
from tenants.services.bot_notices import BotNotices
from tenants.services.bulk_restart import Restarts
from tenants.services.credentials import Credentials
from tenants.services.data_export import Exports
from tenants.services.downtime import DowntimeDetector
from tenants.services.erasure import Erasing
from tenants.services.feature_settings import FeatureSettings
from tenants.services.impersonations import Impersonations
from tenants.services.inspections import Inspections
from tenants.services.lifecycle import Lifecycle
from tenants.services.managed_bots import ManagedBots
from tenants.services.notices import Notices
from tenants.services.onboarding import Onboarding
from tenants.services.one_time_tokens import Nonces
from tenants.services.people import People
from tenants.services.quarantine import Quarantine
from tenants.services.restrictions import Restrictions
from tenants.services.roles import Staff
from tenants.services.tenant_limits import TenantLimits
from tenants.services.tenant_queries import Directory
from tenants.store import Database
from tenants.store.migrations import has_schema, upgrade


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """All services of tenants/, built once."""

    db: Database
    clock: Clock
    events: EventBus
    limits: PlatformLimits
    vault: Vault
    rotation: KeyRotation
    audit: Audit
    access: Access
    credentials: Credentials
    onboarding: Onboarding
    lifecycle: Lifecycle
    managed_bots: ManagedBots
    inspections: Inspections
    directory: Directory
    people: People
    impersonations: Impersonations
    features: FeatureSettings
    nonces: Nonces
    notices: Notices
    presence: DowntimeDetector
    audit_log: AuditLog
    staff: Staff
    allowances: TenantLimits
    quarantine: Quarantine
    restarts: Restarts
    exports: Exports


async def open_database(
    url: str,
    keys: MasterKeyProvider,
    clock: Clock,
    *,
    claim: Callable[[Database], Awaitable[object]] | None = None,
) -> Database:
    """Check the master key, claim the data, bring the schema up to date, then open.

    In this order, so that with a wrong key, or while another process serves the data, the
    database stays unchanged.

    Args:
        claim: keeps other processes out, or raises AlreadyRunning.

    Raises:
        MasterKeyMissing, MasterKeyWrong.
    """
    db = await Database.open(url)
    try:
        if await has_schema(db):
            async with db.read() as uow:
                await Vault(keys, clock).check(await uow.keys.kek_ids())
        if claim is not None:
            await claim(db)
        await upgrade(url)
    except BaseException:
        await db.close()
        raise
    return db


async def build_services(
    db: Database,
    keys: MasterKeyProvider,
    *,
    prober: TokenProber,
    events: EventBus,
    clock: Clock,
    limits: PlatformLimits,
    own_webhooks: str = "",
) -> Services:
    """Unlock the vault and build all services.

    Args:
        own_webhooks: URL prefix of this platform's own webhooks; a bot with such a webhook
            is not "used elsewhere".

    Raises:
        MasterKeyMissing, MasterKeyWrong: nothing was changed.
    """
    vault = Vault(keys, clock)
    async with db.write() as uow:
        await vault.unlock(uow)
    audit = Audit(vault, clock)
    access = Access(db, audit, clock, limits)
    credentials = Credentials(db, vault, clock)
    notices = Notices(db, clock, limits)
    restrictions = Restrictions(limits)
    onboarding = Onboarding(
        db=db,
        vault=vault,
        credentials=credentials,
        audit=audit,
        access=access,
        restrictions=restrictions,
        prober=prober,
        events=events,
        notices=notices,
        clock=clock,
        limits=limits,
        own_webhooks=own_webhooks,
    )
    erasing = Erasing(db, vault, audit, events, notices)
    lifecycle = Lifecycle(
        db=db,
        audit=audit,
        access=access,
        erasing=erasing,
        restrictions=restrictions,
        events=events,
        notices=BotNotices(notices),
        clock=clock,
    )
    managed_bots = ManagedBots(
        db=db,
        audit=audit,
        credentials=credentials,
        erasing=erasing,
        events=events,
        notices=notices,
        clock=clock,
    )
    return Services(
        db=db,
        clock=clock,
        events=events,
        limits=limits,
        vault=vault,
        rotation=KeyRotation(db, keys, vault),
        audit=audit,
        access=access,
        credentials=credentials,
        onboarding=onboarding,
        lifecycle=lifecycle,
        managed_bots=managed_bots,
        inspections=Inspections(db, audit, events, notices, clock),
        directory=Directory(db, access, clock),
        people=People(db, audit, clock, limits),
        impersonations=Impersonations(
            db=db, audit=audit, access=access, events=events, notices=notices, clock=clock
        ),
        features=FeatureSettings(db, audit, access, events, clock),
        nonces=Nonces(db, clock),
        notices=notices,
        presence=DowntimeDetector(db, events, notices, clock),
        audit_log=AuditLog(access),
        staff=Staff(audit, access, clock, limits),
        allowances=TenantLimits(
            audit=audit,
            access=access,
            restrictions=restrictions,
            events=events,
            notices=notices,
            clock=clock,
        ),
        quarantine=Quarantine(audit, access, events, notices),
        restarts=Restarts(db, audit, access, events, clock),
        exports=Exports(db, audit, access, clock),
    )
