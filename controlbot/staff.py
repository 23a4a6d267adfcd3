"""Words to the platform's own people, each in their language."""

from __future__ import annotations

from controlbot.scene import Platform
from controlbot.telling import tell
from tenants.model import Role, UserId


async def staff_of(platform: Platform) -> set[UserId]:
    """Owners (from the settings) and admins (from the store)."""
    async with platform.services.db.read() as uow:
        granted = await uow.roles.all()
    admins = {user_id for user_id, role in granted.items() if role is Role.ADMIN}
    return admins | platform.services.limits.owners


async def tell_staff(platform: Platform, msgid: str, /, **params: object) -> int:
    """Write to every owner and admin. Returns how many it reached."""
    reached = 0
    for user_id in sorted(await staff_of(platform)):
        reached += await tell(platform, user_id, msgid, **params)
    return reached
