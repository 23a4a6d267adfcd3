"""Getters of the card: the bot, its state, what is connected, the next step."""

from __future__ import annotations

from typing import Any

from aiogram_dialog import DialogManager

from controlbot.bot.context import RequestContext
from controlbot.dialogs.account.status_line import account_line
from controlbot.dialogs.tenant_selection import current, tenants_of
from controlbot.texts.messages import THROTTLES, advice, status, until_words
from controlbot.texts.reason_codes import read_reason
from controlbot.texts.status_details import diagnosis
from controlbot.texts.usage_chart import summary
from tenants.domain.model import Desired, Observed, Tenant, Throttle
from tenants.i18n.translator import Markup, name
from tenants.i18n.translator import mark as _

Data = dict[str, Any]


async def card(scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object) -> Data:
    tenant = await current(scene, dialog_manager)
    several = len(await tenants_of(scene)) > 1 or scene.platform.options.max_bots > 1
    common = {"staff": scene.is_staff and scene.impersonation is None, "several": several}
    if tenant is None:
        return {**common, "empty": True, "several": False}
    return {
        **common,
        **_face(scene, tenant),
        **_switches(tenant),
        "account": await account_line(scene, scene.actor, tenant.id),
        "features": await _features(scene, tenant),
        "usage": await _usage(scene, tenant),
    }


def _face(scene: RequestContext, tenant: Tenant) -> Data:
    tr = scene.tr
    dot, word = status(tr, tenant)
    return {
        "title": tr(_("🤖 <b>{bot}</b>"), bot=name(tenant.bot_name)),
        "link_line": tr(_("@{username}"), username=tenant.bot_username),
        "status": f"{dot} <b>{word}</b>",
        "hint": _hint(scene, tenant),
        "next": _next(scene, tenant),
        "url": f"https://t.me/{tenant.bot_username}" if _alive(tenant) else None,
    }


def _switches(tenant: Tenant) -> Data:
    active = tenant.desired is Desired.ACTIVE
    return {
        "running": active and tenant.observed is not Observed.QUARANTINED,
        "paused": tenant.desired is Desired.PAUSED,
        "suspended": tenant.desired is Desired.SUSPENDED,
        "quarantined": active and tenant.observed is Observed.QUARANTINED,
        "needs_token": tenant.desired is not Desired.ERASING
        and tenant.observed in {Observed.TOKEN_REVOKED, Observed.USED_ELSEWHERE},
        "manageable": tenant.desired is not Desired.ERASING,
    }


def _alive(tenant: Tenant) -> bool:
    return tenant.desired is Desired.ACTIVE


def _hint(scene: RequestContext, tenant: Tenant) -> Markup:
    """Why the bot is in this state and what the owner can do."""
    tr = scene.tr
    if tenant.desired is Desired.SUSPENDED:
        return _suspended(scene, tenant)
    if tenant.desired is Desired.PAUSED:
        return tr(_("You paused it. People's messages wait at Telegram for up to a day."))
    slowed = tenant.desired is Desired.ACTIVE and tenant.throttle is not Throttle.NORMAL
    if slowed and tenant.observed is Observed.ONLINE:
        label, meaning = THROTTLES[tenant.throttle]
        return tr(_("{level}, set by the platform's team. {meaning}"),
                  level=tr(label), meaning=tr(meaning))  # fmt: skip
    sentences = [diagnosis(tr, tenant), advice(tr, tenant)]
    return Markup("\n".join(sentence for sentence in sentences if sentence))


def _suspended(scene: RequestContext, tenant: Tenant) -> Markup:
    tr = scene.tr
    text = tr(
        _("The platform's team switched it off. Reason: <i>{reason}</i>"),
        reason=read_reason(tr, tenant.desired_reason),
    )
    until = until_words(tr, tenant)
    return Markup(f"{text}\n{until}") if until else text


async def _features(scene: RequestContext, tenant: Tenant) -> Markup:
    choices = await scene.services.features.choices_for(scene.actor, tenant.id)
    on = scene.platform.registry.choose(choices).features
    tr = scene.platform.feature_words(scene.tr)
    titles = [tr(feature.title) for feature in on if not feature.essential]
    if not titles:
        return Markup("")
    return scene.tr(_("⚙️ {features}"), features=Markup(scene.tr.join(titles)))


async def _usage(scene: RequestContext, tenant: Tenant) -> Markup:
    """Shown once there is usage; until then, the card shows what to do."""
    if tenant.desired is not Desired.ACTIVE or tenant.last_used_at is None:
        return Markup("")
    usage = await scene.services.directory.usage(scene.actor, tenant.id)
    return summary(scene.tr, usage)


def _next(scene: RequestContext, tenant: Tenant) -> Markup:
    if tenant.desired is Desired.ACTIVE and tenant.observed is Observed.ONLINE:
        if tenant.last_used_at is not None:
            return Markup("")
        return scene.tr(
            _(
                "💡 Open your bot and press <b>Start</b> once, so that it may write to you. Then "
                "share its link: whatever people write comes to you, and you just reply."
            )
        )
    if tenant.desired is Desired.ACTIVE and tenant.observed in {
        Observed.STOPPED,
        Observed.STARTING,
    }:
        return scene.tr(_("⏳ A few seconds. This card changes by itself."))
    return Markup("")
