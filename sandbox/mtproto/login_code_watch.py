"""Login codes: delivery, and invalidation when a code is shared in a chat."""

from __future__ import annotations

from sandbox.world import World
from sandbox.world.content_models import Content
from sandbox.world.events import MessageEdited, MessageSent, WorldEvent
from sandbox.world.logins import LoginCode, Logins, SentBy, Session
from sandbox.world.peers import SERVICE_ACCOUNT

CODE = (
    "Login code: {code}. Do not give this code to anyone, even if they say they are from "
    "Telegram!\n\nThis code can be used to log in to your Telegram account. We never ask it for "
    "anything else.\n\nIf you didn't request this code by trying to log in on another device, "
    "simply ignore this message."
)
SMS = "(as an SMS) Telegram code: {code}"
CALL = "(as a phone call) Your Telegram code is: {code}"
SHARED = (
    "Incomplete login attempt. Somebody entered the right code for your account, but sign in "
    "was not allowed, because this code was previously shared by your account."
)
NEW_LOGIN = (
    "New login. We detected a login into your account from a new device: {device}, "
    "{application}.\n\nIf this wasn't you, you can terminate that session in "
    "Settings > Devices."
)
OTHERWISE = "(by {way}) Telegram code: {code}"
WORDS = {SentBy.APP: CODE, SentBy.SMS: SMS, SentBy.CALL: CALL}
NEVER_SENT = (SentBy.SETUP_EMAIL, SentBy.PAYMENT, SentBy.FIREBASE)


class CodeWatch:
    """Listens to the hub: a code that is sent in any chat becomes invalid.

    https://core.telegram.org/api/auth
    """

    def __init__(self, logins: Logins) -> None:
        self._logins = logins

    def on_event(self, event: WorldEvent) -> None:
        if not isinstance(event, MessageSent | MessageEdited):
            return
        message = event.message
        if message.sender_id != SERVICE_ACCOUNT:
            self._logins.spoil_codes_in(message.content.text)


def deliver(world: World, code: LoginCode) -> None:
    """Deliver a code to its person; for an unknown number nothing is sent."""
    if code.account_id is not None and code.sent_by not in NEVER_SENT:
        words = WORDS.get(code.sent_by, OTHERWISE)
        way = code.sent_by.value.replace("_", " ")
        _say(world, code.account_id, words.format(code=code.code, way=way))


def tell_shared(world: World, account_id: int) -> None:
    _say(world, account_id, SHARED)


def tell_new_login(world: World, session: Session) -> None:
    assert session.account_id is not None
    text = NEW_LOGIN.format(
        device=session.device or "unknown device",
        application=f"app {session.api_id} {session.app_version}".strip(),
    )
    _say(world, session.account_id, text)


def _say(world: World, account_id: int, text: str) -> None:
    world.send(SERVICE_ACCOUNT, world.chat(account_id, SERVICE_ACCOUNT), Content(text=text))
