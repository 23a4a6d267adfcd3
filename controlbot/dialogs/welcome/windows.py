"""Language, then consent."""

from __future__ import annotations

from typing import Any

from aiogram.types import CallbackQuery
from aiogram_dialog import Dialog, DialogManager, StartMode
from aiogram_dialog.widgets.kbd import Column, Row, Select, SwitchTo

from controlbot.dialogs.languages import choose_language, language_buttons, languages
from controlbot.dialogs.newbot.managed import connect_managed
from controlbot.dialogs.newbot.waiting import waiting
from controlbot.dialogs.states import NewBot, Privacy, Welcome
from controlbot.kit import Label, Lines, Press, Say, go, window
from controlbot.kit.buttons import PRIMARY
from controlbot.scene import Scene, replace_scene, scene_of
from tenants.i18n import mark as _
from tenants.i18n import name


def build_welcome() -> Dialog:
    return Dialog(_language(), _consent(), _refused())


def _language() -> Any:
    return window(
        Welcome.language,
        [Say(_("🌐 <b>Choose your language</b>"))],
        [language_buttons(_language_chosen)],
        getter=languages,
    )


def _consent() -> Any:
    return window(
        Welcome.consent,
        [
            Say(_("👋 <b>Welcome, {person}!</b>")),
            Say(
                _(
                    "Here you bring a Telegram bot of your own to life. It runs day and night: "
                    "people write to it, and you answer them from your own chat."
                )
            ),
            Lines(
                Say(_("<b>Three short steps</b>")),
                Say(_("1. 🤖 Create a bot, or bring one you have")),
                Say(_("2. 👤 Connect your Telegram account, if you like")),
                Say(_("3. 🟢 Your bot is online")),
            ),
            Lines(
                Say(_("<b>What we keep</b>")),
                Say(_("• your name, your Telegram id and your language")),
                Say(
                    _(
                        "• your bot's token, and your account's session if you connect one: "
                        "stored encrypted"
                    )
                ),
                Say(
                    _("• what people write to your bot: until it is delivered to you, plus one day")
                ),
                Say(_("You can see, disconnect and erase all of it at any time, by /privacy.")),
            ),
            Say(_("Do you agree that we keep this to run your bot?")),
        ],
        [
            Press(_("✅ I agree, let's start"), "agree", _agreed, style=PRIMARY),
            Row(
                go(_("🔒 More on privacy"), Privacy.overview, id="privacy"),
                SwitchTo(Label(_("🌐 Language")), id="language", state=Welcome.language),
            ),
            SwitchTo(Label(_("No, thank you")), id="refuse", state=Welcome.refused),
        ],
        getter=_who,
    )


def _refused() -> Any:
    return window(
        Welcome.refused,
        [
            Say(_("That's all right. Nothing is connected and nothing runs.")),
            Say(_("Should you change your mind, just come back: /start")),
        ],
        [Column(SwitchTo(Label(_("⬅️ Back")), id="back", state=Welcome.consent))],
    )


async def _who(scene: Scene, **_kwargs: object) -> dict[str, Any]:
    return {"person": name(scene.person.name)}


async def _language_chosen(
    _query: CallbackQuery, _select: Select[str], manager: DialogManager, code: str
) -> None:
    await choose_language(manager, code)
    await manager.switch_to(Welcome.consent)


async def _agreed(manager: DialogManager) -> None:
    await scene_of(manager).services.people.give_consent(scene_of(manager).real)
    scene = await replace_scene(manager)
    bots = await waiting(scene)
    for bot_id in bots:
        await connect_managed(manager, bot_id)
    if not bots:
        await manager.start(NewBot.choose, mode=StartMode.RESET_STACK)
