"""Language, then consent."""

from __future__ import annotations

from typing import Any

from aiogram.types import CallbackQuery
from aiogram_dialog import Dialog, DialogManager, StartMode
from aiogram_dialog.widgets.kbd import Column, Row, Select, SwitchTo

from controlbot.bot.context import RequestContext, context_of, reload_context
from controlbot.dialogs.language_picker import choose_language, language_buttons, languages
from controlbot.dialogs.newbot.managed_bots import connect_managed
from controlbot.dialogs.newbot.pending_managed_bots import waiting
from controlbot.dialogs.states import NewBot, Privacy, Welcome
from controlbot.widgets import ActionButton, ButtonText, Lines, TranslatedText, go, window
from controlbot.widgets.buttons import PRIMARY
from tenants.i18n.translator import mark as _
from tenants.i18n.translator import name


def build_welcome() -> Dialog:
    return Dialog(_language(), _consent(), _refused())


def _language() -> Any:
    return window(
        Welcome.language,
        [TranslatedText(_("🌐 <b>Choose your language</b>"))],
        [language_buttons(_language_chosen)],
        getter=languages,
    )


def _consent() -> Any:
    return window(
        Welcome.consent,
        [
            TranslatedText(_("👋 <b>Welcome, {person}!</b>")),
            TranslatedText(
                _(
                    "Here you bring a Telegram bot of your own to life. It runs day and night: "
                    "people write to it, and you answer them from your own chat."
                )
            ),
            Lines(
                TranslatedText(_("<b>Three short steps</b>")),
                TranslatedText(_("1. 🤖 Create a bot, or bring one you have")),
                TranslatedText(_("2. 👤 Connect your Telegram account, if you like")),
                TranslatedText(_("3. 🟢 Your bot is online")),
            ),
            Lines(
                TranslatedText(_("<b>What we keep</b>")),
                TranslatedText(_("• your name, your Telegram id and your language")),
                TranslatedText(
                    _(
                        "• your bot's token, and your account's session if you connect one: "
                        "stored encrypted"
                    )
                ),
                TranslatedText(
                    _("• what people write to your bot: until it is delivered to you, plus one day")
                ),
                TranslatedText(
                    _("You can see, disconnect and erase all of it at any time, by /privacy.")
                ),
            ),
            TranslatedText(_("Do you agree that we keep this to run your bot?")),
        ],
        [
            ActionButton(_("✅ I agree, let's start"), "agree", _agreed, style=PRIMARY),
            Row(
                go(_("🔒 More on privacy"), Privacy.overview, id="privacy"),
                SwitchTo(ButtonText(_("🌐 Language")), id="language", state=Welcome.language),
            ),
            SwitchTo(ButtonText(_("No, thank you")), id="refuse", state=Welcome.refused),
        ],
        getter=_who,
    )


def _refused() -> Any:
    return window(
        Welcome.refused,
        [
            TranslatedText(_("That's all right. Nothing is connected and nothing runs.")),
            TranslatedText(_("Should you change your mind, just come back: /start")),
        ],
        [Column(SwitchTo(ButtonText(_("⬅️ Back")), id="back", state=Welcome.consent))],
    )


async def _who(scene: RequestContext, **_kwargs: object) -> dict[str, Any]:
    return {"person": name(scene.person.name)}


async def _language_chosen(
    _query: CallbackQuery, _select: Select[str], manager: DialogManager, code: str
) -> None:
    await choose_language(manager, code)
    await manager.switch_to(Welcome.consent)


async def _agreed(manager: DialogManager) -> None:
    await context_of(manager).services.people.give_consent(context_of(manager).real)
    scene = await reload_context(manager)
    bots = await waiting(scene)
    for bot_id in bots:
        await connect_managed(manager, bot_id)
    if not bots:
        await manager.start(NewBot.choose, mode=StartMode.RESET_STACK)
