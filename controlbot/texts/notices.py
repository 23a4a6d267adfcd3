"""The text of each notice, and the button that opens the window to act on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from controlbot.texts.messages import ADVICE, THROTTLES, back_on
from controlbot.texts.reason_codes import read_reason
from controlbot.texts.status_details import explain
from tenants.domain.model import Observed, TenantId, Throttle
from tenants.i18n.translator import Markup, Translator
from tenants.i18n.translator import mark as _
from tenants.services.notices import NoticeKind
from tenants.store.notices import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeText:
    text: Markup
    label: str = ""
    """The button's text; empty: no button."""
    target: str = ""
    """What the button opens, see :mod:`controlbot.bot.notice_buttons`."""


def notice_text(tr: Translator, notice: Notice) -> NoticeText:
    """Raises KeyError when there is no text for its kind, or a parameter is missing."""
    kind = NoticeKind(notice.kind)
    params = dict(notice.params)
    prepare = _PREPARE.get(kind)
    text = tr(TEXTS[kind], **(prepare(tr, params) if prepare else params))
    button = BUTTONS.get(kind)
    if kind is NoticeKind.BOT_STOPPED and params["observed"] == Observed.QUARANTINED:
        button = (_("🔁 Try again"), "card")
    if button is None or notice.tenant_id is None:
        return NoticeText(text=text)
    return NoticeText(text=text, label=button[0], target=target(button[1], notice.tenant_id))


def target(what: str, tenant_id: TenantId) -> str:
    return f"{what}:{tenant_id}"


TEXTS: Final[Mapping[NoticeKind, str]] = {
    NoticeKind.BOT_SUSPENDED: _(
        "⛔ <b>The platform's team has suspended @{username}.</b>\n"
        "Reason: <i>{reason}</i>{until}\n\n"
        "You think that is wrong? /status → “Write to the team”."
    ),
    NoticeKind.BOT_SUSPENSION_OVER: _("✅ The suspension of @{username} is over. It runs again."),
    NoticeKind.BOT_RESUMED: _("✅ @{username} is switched on by the platform's team."),
    NoticeKind.BOT_RESTARTED: _(
        "🔁 The platform's team has restarted @{username}.\nReason: <i>{reason}</i>"
    ),
    NoticeKind.BOT_STOPPED: _("🔴 <b>@{username} has stopped.</b>\n{why} {advice}\n\n/status"),
    NoticeKind.BOT_QUARANTINED: _(
        "🔴 @{username} was stopped after repeated errors: <code>{detail}</code>"
    ),
    NoticeKind.BOT_THROTTLED: _(
        "The platform's team has set @{username} to: <b>{level}</b>. {meaning}"
    ),
    NoticeKind.BOT_LIMITED: _(
        "The platform's team has changed the limits of @{username}: {rate} messages a second, "
        "{width} chats at a time."
    ),
    NoticeKind.BOT_UPDATES_REPLAYED: _(
        "▶️ The platform's team had {n} failed messages of @{username} handled again."
    ),
    NoticeKind.BOT_ERASED: _(
        "🗑 Done: @{username} is erased here, with its token, sessions, settings and messages."
    ),
    NoticeKind.BOT_RENAMED: _("✏️ @{old} is called @{username} now. Its links here are updated."),
    NoticeKind.BOT_MOVED: _(
        "⚠️ <b>@{username} belongs to another person now.</b> It no longer runs here for you, and "
        "you no longer get its messages."
    ),
    NoticeKind.BOT_RECEIVED: _(
        "🎁 <b>@{username} belongs to you now</b>, says Telegram. It is paused here until you "
        "switch it on."
    ),
    NoticeKind.TOKEN_CLAIMED: _(
        "⚠️ <b>@{username}: somebody else has its token</b> and tried to bring it here. We refused. "
        "Get a new token from @BotFather (<code>/revoke</code>) and bring it here."
    ),
    NoticeKind.WEBHOOK_CHANGED: _(
        "⚠️ <b>@{username}: somebody else has its token</b> and had its messages sent to "
        "<code>{host}</code>. They come here again. Get a new token from @BotFather "
        "(<code>/revoke</code>) and bring it here."
    ),
    NoticeKind.WEBHOOK_FAILS: _(
        "🟡 <b>Telegram can't deliver the messages of @{username} to us:</b> "
        "<code>{detail}</code>. {pending} wait there; Telegram keeps them for 24 hours."
    ),
    NoticeKind.UPDATES_DROPPED: _(
        "🌊 <b>@{username}: {n} messages were not delivered</b>, because they came too fast."
    ),
    NoticeKind.OWNER_UNREACHABLE: _(
        "💬 <b>{waiting}</b> at @{username}. Open it and press Start, so that it may write."
    ),
    NoticeKind.DOWNTIME: _(
        "🕳 <b>The service was down for more than a day.</b>\nTelegram keeps messages for 24 hours "
        "only: what people wrote to your bot from {since} to {until} (UTC) is lost. "
        "It works again now."
    ),
    NoticeKind.ACCOUNT_LOST: _(
        "👤 <b>Your Telegram account is no longer connected.</b> Telegram ended the session; its "
        "key is erased here."
    ),
    NoticeKind.ACCOUNT_CLOSED: _(
        "👤 <b>Telegram has closed your account</b>, so it is no longer connected here; the key of "
        "its session is erased. Only Telegram can help: write to recover@telegram.org"
    ),
    NoticeKind.ACCOUNT_DELETED: _(
        "👤 <b>Your Telegram account was deleted</b>, so it is no longer connected here; the key "
        "of its session is erased."
    ),
    NoticeKind.ACCOUNT_FROZEN: _(
        "👤 <b>Telegram has frozen your account.</b> It stays connected but can only read. You "
        "can appeal in your Telegram app."
    ),
    NoticeKind.VIEWING_BEGAN: _(
        "👁 <b>Somebody of the platform's team looks at your bot's settings</b>, for "
        "{minutes} minutes at most, and can change nothing.\nReason: <i>{reason}</i>\n\n"
        "What they open is in your record: /privacy"
    ),
    NoticeKind.VIEWING_WRITES: _(
        "✍️ <b>Who looks at your bot's settings may now change them as well.</b>\nTokens, "
        "accounts and erasing stay closed. Each change is in your record: /privacy"
    ),
    NoticeKind.VIEWING_ENDED: _("👁 The team's look at your bot's settings is over."),
}

BUTTONS: Final[Mapping[NoticeKind, tuple[str, str]]] = {
    NoticeKind.BOT_SUSPENDED: (_("✍️ Write to the team"), "write"),
    NoticeKind.BOT_STOPPED: (_("🔑 Replace token"), "token"),
    NoticeKind.BOT_QUARANTINED: (_("🤖 Open its card"), "desk"),
    NoticeKind.BOT_RENAMED: (_("🤖 Open its card"), "card"),
    NoticeKind.BOT_RECEIVED: (_("🤖 Open its card"), "card"),
    NoticeKind.TOKEN_CLAIMED: (_("🔑 Replace token"), "token"),
    NoticeKind.WEBHOOK_CHANGED: (_("🔑 Replace token"), "token"),
    NoticeKind.WEBHOOK_FAILS: (_("🔁 Try again"), "restart"),
    NoticeKind.UPDATES_DROPPED: (_("🤖 Open its card"), "card"),
    NoticeKind.OWNER_UNREACHABLE: (_("🤖 Open its card"), "card"),
    NoticeKind.ACCOUNT_LOST: (_("👤 Connect again"), "connect"),
}


def _moment(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) and value else None


def _suspended(tr: Translator, params: dict[str, Any]) -> dict[str, Any]:
    until = _moment(params.get("until"))
    line = back_on(tr, until) if until is not None else ""
    return {
        **params,
        "reason": read_reason(tr, params["reason"]),
        "until": Markup(f"\n{line}") if line else "",
    }


def _stopped(tr: Translator, params: dict[str, Any]) -> dict[str, Any]:
    observed = Observed(params["observed"])
    return {
        **params,
        "why": explain(tr, observed, params["detail"]),
        "advice": tr(ADVICE[observed]),
    }


def _throttled(tr: Translator, params: dict[str, Any]) -> dict[str, Any]:
    label, meaning = THROTTLES[Throttle(params["level"])]
    return {**params, "level": tr(label), "meaning": tr(meaning)}


def _downtime(tr: Translator, params: dict[str, Any]) -> dict[str, Any]:
    since, until = _moment(params["since"]), _moment(params["lost_until"])
    assert since is not None
    assert until is not None
    return {"since": tr.moment(since), "until": tr.moment(until)}


def _waiting(tr: Translator, params: dict[str, Any]) -> dict[str, Any]:
    words = tr.n("{n} message waits for you", "{n} messages wait for you", params["waiting"])
    return {**params, "waiting": words}


_PREPARE: Final[Mapping[NoticeKind, Callable[[Translator, dict[str, Any]], dict[str, Any]]]] = {
    NoticeKind.BOT_SUSPENDED: _suspended,
    NoticeKind.BOT_RESTARTED: _suspended,
    NoticeKind.BOT_STOPPED: _stopped,
    NoticeKind.BOT_THROTTLED: _throttled,
    NoticeKind.OWNER_UNREACHABLE: _waiting,
    NoticeKind.DOWNTIME: _downtime,
}
