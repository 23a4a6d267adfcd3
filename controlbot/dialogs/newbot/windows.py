"""Step 1 of 3: the bot."""

from __future__ import annotations

from typing import Any

from aiogram.types import Message
from aiogram_dialog import Dialog, DialogManager
from aiogram_dialog.widgets.input import MessageInput
from aiogram_dialog.widgets.kbd import SwitchTo

from controlbot.dialogs.newbot.connect import TOKEN, bring_token
from controlbot.dialogs.newbot.managed import REQUEST_ID, suggestion
from controlbot.dialogs.states import NewBot
from controlbot.kit import Label, Lines, Press, Say, back, set_notice, window
from controlbot.kit.buttons import PRIMARY, leave
from controlbot.kit.reply import ReplyKeyboard, RequestManagedBot, Word, is_word
from controlbot.scene import Scene, scene_of
from controlbot.swallow import swallow
from tenants.i18n import mark as _

STEP = _("<b>Step 1 of 3 · Your bot</b>   ●○○")
HAVE_TOKEN = _("🔑 I have a token")
BACK = _("⬅️ Back")


def build_newbot() -> Dialog:
    return Dialog(_choose(), _one_tap(), _token(), _webhook(), getter=_way)


def _choose() -> Any:
    return window(
        NewBot.choose,
        [
            Say(STEP),
            Say(_("Which bot shall run here?")),
            Say(
                _("✨ <b>Create a bot</b>: Telegram makes one for you, you only give it a name."),
                when="one_tap",
            ),
            Say(_("🔑 <b>I have a token</b>: you made one with @BotFather, now or earlier.")),
        ],
        [
            SwitchTo(
                Label(_("✨ Create a bot")),
                id="one_tap",
                state=NewBot.one_tap,
                when="one_tap",
                style=PRIMARY,
            ),
            SwitchTo(Label(HAVE_TOKEN), id="token", state=NewBot.token),
            back(),
        ],
    )


def _one_tap() -> Any:
    return window(
        NewBot.one_tap,
        [
            Say(STEP),
            Say(_("👇 Tap the button <b>under the text field</b>.")),
            Say(
                _(
                    "Telegram asks you for a name and an address for your bot. Nothing else is "
                    "needed: we take it from there."
                )
            ),
        ],
        [
            RequestManagedBot(Label(_("✨ Create my bot")), REQUEST_ID),
            Word(HAVE_TOKEN),
            Word(BACK),
        ],
        getter=suggestion,
        inputs=[MessageInput(_one_tap_message)],
        markup=ReplyKeyboard(),
    )


def _token() -> Any:
    return window(
        NewBot.token,
        [
            Say(STEP, when="first"),
            Say(_("🔑 <b>New token for your bot</b>"), when="replaces"),
            Say(_("<b>Send me your bot's token</b>, or forward @BotFather's message to me.")),
            Lines(
                Say(_("<b>You have none yet?</b> It takes a minute:")),
                Say(_("1. Open @BotFather and send <code>/newbot</code>")),
                Say(_("2. Give your bot a name, then an address that ends in “bot”")),
                Say(_("3. Forward its answer to me")),
                when="first",
            ),
            Lines(
                Say(_("<b>Where is it?</b> Open @BotFather, send <code>/mybots</code>,")),
                Say(_("choose your bot and tap “API Token”.")),
                when="replaces",
            ),
            Say(_("🔒 Your message is deleted at once; the token is stored encrypted.")),
        ],
        [Press(BACK, "back", _from_token)],
        inputs=[MessageInput(_token_message)],
    )


def _webhook() -> Any:
    return window(
        NewBot.webhook,
        [
            Say(_("⚠️ <b>This bot already works for another program:</b> {host}")),
            Say(
                _(
                    "If we take it over, that program no longer gets its messages. Messages that "
                    "wait there come to us; none is lost."
                )
            ),
        ],
        [
            Press(_("Yes, take it over"), "take", _take_over),
            Press(_("No, leave it"), "leave", _leave_webhook),
        ],
        getter=_host,
    )


async def _way(scene: Scene, dialog_manager: DialogManager, **_kwargs: object) -> dict[str, Any]:
    replaces = _replaces(dialog_manager)
    return {
        "one_tap": scene.platform.me.can_manage_bots,
        "replaces": replaces is not None,
        "first": replaces is None,
    }


async def _host(dialog_manager: DialogManager, **_kwargs: object) -> dict[str, Any]:
    start = dialog_manager.start_data
    return {"host": start["host"] if isinstance(start, dict) else ""}


def _replaces(manager: DialogManager) -> int | None:
    start = manager.start_data
    value = start.get("replaces") if isinstance(start, dict) else None
    return value if isinstance(value, int) else None


async def _one_tap_message(message: Message, _input: object, manager: DialogManager) -> None:
    if is_word(manager, message.text, HAVE_TOKEN):
        await manager.switch_to(NewBot.token)
    elif is_word(manager, message.text, BACK):
        await manager.switch_to(NewBot.choose)


async def _token_message(message: Message, _input: object, manager: DialogManager) -> None:
    await swallow(message, manager)
    await bring_token(manager, message.text or message.caption or "", replaces=_replaces(manager))


async def _from_token(manager: DialogManager) -> None:
    if _replaces(manager) is not None:
        await leave(manager)
    else:
        await manager.switch_to(NewBot.choose)


async def _take_over(manager: DialogManager) -> None:
    scene = scene_of(manager)
    token = scene.platform.secrets.take(scene.real.user_id, TOKEN)
    if token is None:
        await manager.switch_to(NewBot.token)
        set_notice(manager, scene.tr(_("That took a while, so I forgot the token. Send it again.")))
        return
    await bring_token(manager, token.reveal(), accept_webhook=True, replaces=_replaces(manager))


async def _leave_webhook(manager: DialogManager) -> None:
    scene = scene_of(manager)
    scene.platform.secrets.drop(scene.real.user_id, TOKEN)
    await manager.switch_to(NewBot.choose)
