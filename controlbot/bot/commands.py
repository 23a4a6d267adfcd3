"""Commands, which work in every dialog, and the command menus."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiogram import Router
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.exceptions import TelegramAPIError
from aiogram.types import BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat, Message
from aiogram_dialog import DialogManager, ShowMode, StartMode

from controlbot.bot.context import STAFF, ControlBotServices, RequestContext
from controlbot.bot.message_deletion import delete_secret_message, try_delete
from controlbot.bot.navigation import open_home
from controlbot.bot.secret_input import awaits_secret, open_context
from controlbot.dialogs.account.navigation import give_up
from controlbot.dialogs.home.handlers import start_account
from controlbot.dialogs.newbot.managed_bots import connect_managed
from controlbot.dialogs.newbot.token_input import bring_token
from controlbot.dialogs.newbot.token_text import may_hold_token, text_of
from controlbot.dialogs.states import (
    Account,
    Admin,
    Help,
    NewBot,
    Preferences,
    Privacy,
)
from controlbot.dialogs.tenant_selection import tenants_of
from controlbot.notifications.sender import say
from controlbot.notifications.team_messages import confirm
from controlbot.widgets.layout import notice
from tenants.domain.model import BotId, UserId
from tenants.i18n.translator import Translator
from tenants.i18n.translator import mark as _

MENU: Final = (
    ("status", _("How my bot is doing")),
    ("newbot", _("Bring a bot")),
    ("connect", _("Connect my Telegram account")),
    ("settings", _("Language, features, token")),
    ("privacy", _("What is kept, and erasing it")),
    ("help", _("Help")),
    ("cancel", _("Stop what I am doing")),
)
ADMIN: Final = ("admin", _("Admin desk"))
_COMMAND: Final = re.compile(r"/([A-Za-z_0-9]+)(?:@([A-Za-z_0-9]+))?(?=\s|$)")
_ALONE: Final = frozenset({"start", "help", "privacy", *(command for command, _about in MENU)})
Command = Callable[[DialogManager, RequestContext], Awaitable[None]]


def build_commands() -> Router:
    router = Router(name="commands")
    router.message.register(_managed_bot_created, _is_managed_bot)
    router.message.register(_token_anywhere, _carries_token)
    router.message.register(_command, _is_command)
    router.message.register(_team_mail, _is_team_mail)
    return router


async def offer_menus(platform: ControlBotServices) -> None:
    """Set the default command menu in each language, and the menus of staff.

    https://core.telegram.org/bots/api#setmycommands
    """
    everybody = BotCommandScopeAllPrivateChats()
    for language in platform.catalogs.languages:
        commands = _menu(platform.catalogs.translator(language), staff=False)
        code = None if language == "en" else language
        await platform.bot.set_my_commands(commands, scope=everybody, language_code=code)
    for user_id in platform.services.limits.owners:
        await offer_commands(platform, user_id)


async def offer_commands(platform: ControlBotServices, user_id: UserId) -> None:
    """Set one user's menu after their role or language changed. Users who have not started
    the bot have no chat yet; their menu is set when they start it."""
    actor = await platform.services.access.actor_for(user_id)
    scope = BotCommandScopeChat(chat_id=user_id)
    try:
        if actor.role in STAFF:
            commands = _menu(await platform.translator_of(user_id), staff=True)
            await platform.bot.set_my_commands(commands, scope=scope)
        else:
            await platform.bot.delete_my_commands(scope=scope)
    except TelegramAPIError:
        return


def _menu(tr: Translator, *, staff: bool) -> list[BotCommand]:
    entries = (*MENU, ADMIN) if staff else MENU
    return [BotCommand(command=command, description=tr(about)) for command, about in entries]


# --- What each command does ---------------------------------------------------------------


async def _start(manager: DialogManager, scene: RequestContext) -> None:
    await open_home(manager, show_mode=ShowMode.SEND)
    if scene.is_staff:
        await offer_commands(scene.platform, scene.real.user_id)


async def _status(manager: DialogManager, _scene: RequestContext) -> None:
    await open_home(manager)


async def _newbot(manager: DialogManager, scene: RequestContext) -> None:
    mine = await scene.services.directory.mine(scene.real)
    limit = scene.platform.options.max_bots
    if len(mine) >= limit:
        text = scene.tr.n(
            "You have your bot already: one person may have {n} here.",
            "You have your bots already: one person may have {n} here.",
            limit,
        )
        await open_home(manager, notice(text))
        return
    await manager.start(NewBot.choose, mode=StartMode.RESET_STACK)


async def _connect(manager: DialogManager, scene: RequestContext) -> None:
    mine = await tenants_of(scene)
    if not mine:
        text = scene.tr(_("First a bot, then your account:"))
        await manager.start(NewBot.choose, data=notice(text), mode=StartMode.RESET_STACK)
        return
    await manager.reset_stack(remove_keyboard=False)
    await start_account(manager, mine[0].id)


async def _settings(manager: DialogManager, _scene: RequestContext) -> None:
    await manager.start(Preferences.menu, mode=StartMode.RESET_STACK)


async def _privacy(manager: DialogManager, _scene: RequestContext) -> None:
    await manager.start(Privacy.overview, mode=StartMode.RESET_STACK)


async def _help(manager: DialogManager, _scene: RequestContext) -> None:
    await manager.start(Help.page, mode=StartMode.RESET_STACK)


async def _cancel(manager: DialogManager, scene: RequestContext) -> None:
    """Cancel what is in progress; for a login, also its code at Telegram."""
    scene.platform.secrets.forget(scene.real.user_id)
    if _in_login(manager):
        await give_up(manager)
    await open_home(manager, notice(scene.tr(_("Stopped. Nothing was changed."))))


def _in_login(manager: DialogManager) -> bool:
    if not manager.has_context():
        return False
    state = manager.current_context().state
    return state.group is Account and state not in (Account.choose, Account.connected)


async def _admin(manager: DialogManager, _scene: RequestContext) -> None:
    await manager.start(Admin.overview, mode=StartMode.RESET_STACK)


OPEN: Final[dict[str, Command]] = {"start": _start, "help": _help, "privacy": _privacy}
"""Available to everybody, also before consent."""
MEMBERS: Final[dict[str, Command]] = {
    "status": _status,
    "newbot": _newbot,
    "connect": _connect,
    "settings": _settings,
    "cancel": _cancel,
}


def command_of(text: str, scene: RequestContext) -> Command | None:
    """Parse ``/word@bot argument``; case and further lines are ignored. Staff commands are
    unknown to others."""
    name = command_name(text, scene.platform.me.username)
    if name in OPEN:
        return OPEN[name]
    if name in MEMBERS:
        return MEMBERS[name] if scene.consented else _status
    return _admin if name == "admin" and scene.is_staff else None


def command_name(text: str, username: str) -> str:
    """``status`` for "/Status@thebot more"; empty when it is not a command of this bot."""
    plain = "".join(char for char in text if unicodedata.category(char) != "Cf")
    found = _COMMAND.match(unicodedata.normalize("NFKC", plain.lstrip()[:128]))
    if found is None or (found[2] and found[2].lower() != username.lower()):
        return ""
    return found[1].lower()


async def _is_command(message: Message, scene: RequestContext, **data: Any) -> bool:
    """In a window that expects a secret, only a known command without more text counts."""
    text = text_of(message)
    if not text.lstrip().startswith(("/", "\uff0f")) or message.text is None:
        return False
    if not awaits_secret(open_context(data)):
        return True
    name = command_name(text, scene.platform.me.username)
    return name in _ALONE and len(text.split()) == 1


async def _command(message: Message, dialog_manager: DialogManager, scene: RequestContext) -> None:
    text = message.text or ""
    if dialog_manager.has_context() and awaits_secret(dialog_manager.current_context()):
        # The text may have been meant as the secret.
        await try_delete(message)
    command = command_of(text, scene)
    if command is not None:
        await command(dialog_manager, scene)
        return
    words = scene.tr(_("I don't know this command. /help shows what I understand."))
    await say(scene.platform.bot, message.chat.id, words)
    if dialog_manager.has_context():
        await dialog_manager.show(ShowMode.DELETE_AND_SEND)
    else:
        await open_home(dialog_manager)


# --- Other input that is handled in any window --------------------------------------------


async def _is_managed_bot(message: Message) -> bool:
    return message.managed_bot_created is not None


async def _managed_bot_created(message: Message, dialog_manager: DialogManager) -> None:
    assert message.managed_bot_created is not None
    await connect_managed(dialog_manager, BotId(message.managed_bot_created.bot_user.id))


async def _carries_token(message: Message, **data: Any) -> bool:
    """Not in the password window: a password may look like a token."""
    if not may_hold_token(text_of(message)):
        return False
    context = open_context(data)
    return context is None or context.state != Account.password


async def _is_team_mail(message: Message, **data: Any) -> bool:
    return message.reply_to_message is not None and not awaits_secret(open_context(data))


async def _team_mail(message: Message, scene: RequestContext) -> Any:
    """A reply to a forwarded team message is sent to its author."""
    reached = await scene.platform.team_mail.answer(scene, message)
    if reached is None:
        return UNHANDLED
    await confirm(scene, reached=reached)
    return True


async def _token_anywhere(
    message: Message, dialog_manager: DialogManager, scene: RequestContext
) -> None:
    """A token is accepted in any window, so that it never stays in the chat."""
    await delete_secret_message(message, dialog_manager)
    if not scene.consented and scene.impersonation is None:
        text = scene.tr(_("I deleted your token. First please read this, then send it again."))
        await open_home(dialog_manager, notice(text))
        return
    replaces = None
    if dialog_manager.has_context() and dialog_manager.current_context().state.group is NewBot:
        start = dialog_manager.start_data
        replaces = start.get("replaces") if isinstance(start, dict) else None
    before = _open_window(dialog_manager)
    await bring_token(dialog_manager, text_of(message), replaces=replaces)
    if before is not None and _open_window(dialog_manager) == before:
        await dialog_manager.show()  # The window is unchanged except for its notice.


def _open_window(manager: DialogManager) -> str | None:
    return manager.current_context().id if manager.has_context() else None
