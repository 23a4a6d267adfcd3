"""Messages between users and the platform's team.

The team answers by replying: which message belongs to whom is stored in the conversations'
table for 90 days, and deleted when the user is erased.
"""

from __future__ import annotations

from typing import Final

import structlog
from aiogram.exceptions import TelegramAPIError
from aiogram.types import Message

from controlbot.bot.context import STAFF, ControlBotServices, RequestContext
from controlbot.notifications.sender import say
from tenants.domain.errors import TooManyAttempts
from tenants.domain.model import UserId
from tenants.i18n.translator import mark as _
from tenants.i18n.translator import name
from tenants.store.fsm import FsmRecord
from tenants.support.rate_limits import KeyedRates, Rate
from tenants.telegram.refusals import Decision, classify, decide

log = structlog.get_logger(__name__)

PERSON: Final = Rate(per_second=1 / 600, burst=3.0)
"""Rate limit of messages of one user to the team."""
STRANGERS: Final = Rate(per_second=1 / 120, burst=10.0)
"""Rate limit of messages of all users without consent together: accounts are free, and they
must not flood the team."""
_TEAM: Final = "team"


class TeamMail:
    """Forwards messages in both directions."""

    def __init__(self) -> None:
        self._people: KeyedRates[UserId] = KeyedRates(PERSON)
        self._strangers: KeyedRates[str] = KeyedRates(STRANGERS)

    async def to_team(self, scene: RequestContext, message: Message) -> bool:
        """Send a message to every owner and admin. False: it reached none of them.

        Raises:
            TooManyAttempts: with ``retry_after`` in seconds.
            TelegramAPIError: an outage; nobody received it.
        """
        self._admit(scene)
        mine = await scene.services.directory.mine(scene.real)
        bots = ", ".join(f"@{one.bot_username}" for one in mine)
        reached = 0
        for user_id in await _team(scene.platform):
            tr = await scene.platform.translator_of(user_id)
            header = tr(
                _("✍️ <b>{person}</b> ({id}) {bots} writes. Reply to it to answer:"),
                person=name(scene.person.name),
                id=str(scene.real.user_id),
                bots=bots,
            )
            reached += await _bring(scene.platform, user_id, header, message, scene.real.user_id)
        return reached > 0

    async def answer(self, scene: RequestContext, message: Message) -> bool | None:
        """Send a reply to the author of the message it answers. None: there is no such message.

        Returns False when the author can't be reached.
        """
        replied = message.reply_to_message
        if replied is None:
            return None
        addressee = await _addressee(scene.platform, scene.real.user_id, replied.message_id)
        if addressee is None:
            return None
        if addressee == _TEAM:
            return await self.to_team(scene, message)
        if scene.real.role not in STAFF:
            return None
        person = UserId(int(addressee))
        tr = await scene.platform.translator_of(person)
        header = tr(_("💬 <b>The platform's team answers you.</b> You can reply to it:"))
        return await _bring(scene.platform, person, header, message, _TEAM)

    def _admit(self, scene: RequestContext) -> None:
        if not scene.consented and not self._strangers.try_take("all"):
            raise TooManyAttempts(retry_after=round(self._strangers.delay("all")) + 1)
        if not self._people.try_take(scene.real.user_id):
            raise TooManyAttempts(retry_after=round(self._people.delay(scene.real.user_id)) + 1)


async def _team(platform: ControlBotServices) -> list[UserId]:
    async with platform.services.db.read() as uow:
        return sorted(await platform.services.notices.staff(uow))


async def _bring(
    platform: ControlBotServices,
    to: UserId,
    header: str,
    message: Message,
    answers_go_to: UserId | str,
) -> bool:
    """Send a header and a copy below it; replies to either go to ``answers_go_to``."""
    try:
        sent = await platform.bot.send_message(to, header)
        copy = await platform.bot.copy_message(to, message.chat.id, message.message_id)
    except TelegramAPIError as error:
        if decide(error) is Decision.RETRY:
            raise
        log.info("team message not delivered", to=to, kind=classify(error))
        return False
    about = message.from_user.id if message.from_user else to
    for message_id in (sent.message_id, copy.message_id):
        await _remember(platform, to, message_id, answers_go_to, UserId(about))
    return True


async def _remember(
    platform: ControlBotServices,
    reader: UserId,
    message_id: int,
    answers_go_to: UserId | str,
    about: UserId,
) -> None:
    record = FsmRecord(
        key=_key(reader, message_id),
        state=None,
        data={"answers_go_to": str(answers_go_to)},
        user_id=about,
    )
    now = platform.services.clock.now()
    await platform.services.db.run(lambda uow: uow.fsm.put(record, now))


async def _addressee(platform: ControlBotServices, reader: UserId, message_id: int) -> str | None:
    async with platform.services.db.read() as uow:
        record = await uow.fsm.get(_key(reader, message_id))
    return str(record.data["answers_go_to"]) if record else None


def _key(reader: UserId, message_id: int) -> str:
    return f"control:mail:{reader}:{message_id}"


async def confirm(scene: RequestContext, *, reached: bool) -> None:
    """Reply whether the answer was delivered."""
    words = _("✅ Sent.") if reached else _("⚠️ It did not arrive: they can't be written to now.")
    await say(scene.platform.bot, scene.real.user_id, scene.tr(words))
