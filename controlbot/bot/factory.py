"""Builds the control bot: its client, dialogs and shared services."""

from __future__ import annotations

from dataclasses import dataclass

from aiogram import Bot, Dispatcher
from aiogram_dialog.api.protocols import MessageManagerProtocol

from controlbot.bot.context import ControlBotServices, Options
from controlbot.bot.dialog_updater import Windows
from controlbot.bot.dispatcher import build_dispatcher, register_handlers
from controlbot.bot.fsm_storage import WindowStorage
from controlbot.bot.pending_secrets import SecretHolder
from controlbot.bot.redraws import Redraws
from controlbot.bot.update_feed import ControlUpdates
from controlbot.notifications.team_messages import TeamMail
from controlbot.widgets.message_manager import Messages
from mtproto.factory import Accounts
from tenants.bot.features.registry import Registry
from tenants.domain.model import BotProfile
from tenants.i18n.translator import Catalogs
from tenants.runner.supervision.rolling_restart import RollingRestart
from tenants.services import Services
from tenants.support.background_tasks import BackgroundTasks


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlBot:
    platform: ControlBotServices
    dispatcher: Dispatcher
    feed: ControlUpdates


def build_control_bot(
    *,
    services: Services,
    accounts: Accounts,
    registry: Registry,
    restarts: RollingRestart,
    bot: Bot,
    me: BotProfile,
    options: Options,
    messages: MessageManagerProtocol | None = None,
) -> ControlBot:
    """``messages``: replaces the message manager, for tests."""
    storage = WindowStorage(services.db, services.clock)
    dispatcher = build_dispatcher(storage)
    nursery = BackgroundTasks("control bot")
    windows = Windows(dispatcher, bot, nursery, storage)
    redraws = Redraws(nursery, windows.redraw, windows.is_live)
    if messages is None:
        messages = drawing = Messages()
        drawing.on_outage, drawing.on_drawn = redraws.retry, redraws.drawn
    catalogs = Catalogs.load("controlbot")
    platform = ControlBotServices(
        services=services,
        logins=accounts.logins,
        accounts=accounts.pool,
        registry=registry,
        restarts=restarts,
        catalogs=catalogs,
        tenant_catalogs=Catalogs.load("tenants"),
        secrets=SecretHolder(),
        windows=windows,
        storage=storage,
        team_mail=TeamMail(),
        redraws=redraws,
        nursery=nursery,
        bot=bot,
        me=me,
        options=options,
    )
    register_handlers(dispatcher, platform, messages)
    return ControlBot(
        platform=platform,
        dispatcher=dispatcher,
        feed=ControlUpdates(dispatcher, bot, catalogs, storage),
    )
