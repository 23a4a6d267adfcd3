"""After an absence of more than a day: who may have missed messages is told so."""

from __future__ import annotations

from controlbot.scene import Platform
from controlbot.telling import tell
from tenants.events import PlatformWasAway
from tenants.i18n import mark as _
from tenants.model import Desired


async def tell_of_absence(platform: Platform, event: PlatformWasAway) -> None:
    """Write to the owner of each bot that was to run, once a person."""
    async with platform.services.db.read() as uow:
        tenants = await uow.tenants.changed(None)
    owners = {tenant.owner_id for tenant in tenants if tenant.desired is Desired.ACTIVE}
    for owner_id in sorted(owners):
        tr = await platform.translator_of(owner_id)
        await tell(
            platform,
            owner_id,
            _(
                "🕳 <b>We were away for more than a day.</b>\nTelegram keeps messages for 24 hours "
                "only: what people wrote to your bot from {since} to {until} (UTC) is lost. "
                "It works again now."
            ),
            since=tr.moment(event.since),
            until=tr.moment(event.lost_until),
        )
