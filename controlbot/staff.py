"""Words to the platform's own people, each in their language."""

from __future__ import annotations

from aiogram.exceptions import TelegramAPIError

from controlbot.scene import Platform
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
        tr = await platform.translator_of(user_id)
        try:
            await platform.bot.send_message(user_id, tr(msgid, **params))
        except TelegramAPIError:
            continue
        reached += 1
    return reached
