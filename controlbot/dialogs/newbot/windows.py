"""Step 1 of 3: connect a bot."""

from __future__ import annotations

from typing import Any

from aiogram.types import Message
from aiogram_dialog import Dialog, DialogManager
from aiogram_dialog.widgets.input import MessageInput
from aiogram_dialog.widgets.kbd import SwitchTo

from controlbot.bot.context import RequestContext, context_of
from controlbot.bot.message_deletion import delete_secret_message
from controlbot.dialogs.newbot.managed_bots import REQUEST_ID, suggestion
from controlbot.dialogs.newbot.token_input import TOKEN, bring_token
from controlbot.dialogs.states import NewBot
from controlbot.widgets import (
    ActionButton,
    ButtonText,
    Lines,
    TranslatedText,
    back,
    set_notice,
    window,
)
from controlbot.widgets.buttons import PRIMARY, leave
from controlbot.widgets.reply_keyboard import ReplyButton, ReplyKeyboard, RequestManagedBot, is_word
from tenants.i18n.translator import mark as _

STEP = _("<b>Step 1 of 3 · Your bot</b>   ●○○")
HAVE_TOKEN = _("🔑 I have a token")
BACK = _("⬅️ Back")


def build_newbot() -> Dialog:
    return Dialog(_choose(), _one_tap(), _token(), _webhook(), getter=_way)


def _choose() -> Any:
    return window(
        NewBot.choose,
        [
            TranslatedText(STEP),
            TranslatedText(_("Which bot shall run here?")),
            TranslatedText(
                _("✨ <b>Create a bot</b>: Telegram makes one for you, you only give it a name."),
                when="one_tap",
            ),
            TranslatedText(
                _("🔑 <b>I have a token</b>: you made one with @BotFather, now or earlier.")
            ),
        ],
        [
            SwitchTo(
                ButtonText(_("✨ Create a bot")),
                id="one_tap",
                state=NewBot.one_tap,
                when="one_tap",
                style=PRIMARY,
            ),
            SwitchTo(ButtonText(HAVE_TOKEN), id="token", state=NewBot.token),
            back(),
        ],
    )


def _one_tap() -> Any:
    return window(
        NewBot.one_tap,
        [
            TranslatedText(STEP),
            TranslatedText(_("👇 Tap the button <b>under the text field</b>.")),
            TranslatedText(
                _(
                    "Telegram asks you for a name and an address for your bot. Nothing else is "
                    "needed: we take it from there."
                )
            ),
        ],
        [
            RequestManagedBot(ButtonText(_("✨ Create my bot")), REQUEST_ID),
            ReplyButton(HAVE_TOKEN),
            ReplyButton(BACK),
        ],
        getter=suggestion,
        inputs=[MessageInput(_one_tap_message)],
        markup=ReplyKeyboard(),
    )


def _token() -> Any:
    return window(
        NewBot.token,
        [
            TranslatedText(STEP, when="first"),
            TranslatedText(_("🔑 <b>New token for your bot</b>"), when="replaces"),
            TranslatedText(
                _("<b>Send me your bot's token</b>, or forward @BotFather's message to me.")
            ),
            Lines(
                TranslatedText(_("<b>You have none yet?</b> It takes a minute:")),
                TranslatedText(_("1. Open @BotFather and send <code>/newbot</code>")),
                TranslatedText(_("2. Give your bot a name, then an address that ends in “bot”")),
                TranslatedText(_("3. Forward its answer to me")),
                when="first",
            ),
            Lines(
                TranslatedText(
                    _("<b>Where is it?</b> Open @BotFather, send <code>/mybots</code>,")
                ),
                TranslatedText(_("choose your bot and tap “API Token”.")),
                when="replaces",
            ),
            TranslatedText(_("🔒 Your message is deleted at once; the token is stored encrypted.")),
        ],
        [ActionButton(BACK, "back", _from_token)],
        inputs=[MessageInput(_token_message)],
    )


def _webhook() -> Any:
    return window(
        NewBot.webhook,
        [
            TranslatedText(_("⚠️ <b>This bot already works for another program:</b> {host}")),
            TranslatedText(
                _(
                    "If we take it over, that program no longer gets its messages. Messages that "
                    "wait there come to us; none is lost."
                )
            ),
        ],
        [
            ActionButton(_("Yes, take it over"), "take", _take_over),
            ActionButton(_("No, leave it"), "leave", _leave_webhook),
        ],
        getter=_host,
    )


async def _way(
    scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
) -> dict[str, Any]:
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
    await delete_secret_message(message, manager)
    await bring_token(manager, message.text or message.caption or "", replaces=_replaces(manager))


async def _from_token(manager: DialogManager) -> None:
    if _replaces(manager) is not None:
        await leave(manager)
    else:
        await manager.switch_to(NewBot.choose)


async def _take_over(manager: DialogManager) -> None:
    scene = context_of(manager)
    token = scene.platform.secrets.take(scene.real.user_id, TOKEN)
    if token is None:
        await manager.switch_to(NewBot.token)
        set_notice(manager, scene.tr(_("That took a while, so I forgot the token. Send it again.")))
        return
    await bring_token(manager, token.reveal(), accept_webhook=True, replaces=_replaces(manager))


async def _leave_webhook(manager: DialogManager) -> None:
    scene = context_of(manager)
    scene.platform.secrets.drop(scene.real.user_id, TOKEN)
    await manager.switch_to(NewBot.choose)
