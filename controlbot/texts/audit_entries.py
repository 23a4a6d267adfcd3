"""Renders audit entries as text."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from controlbot.bot.context import RequestContext
from controlbot.texts.messages import ROLES, THROTTLES
from controlbot.texts.reason_codes import read_reason
from controlbot.widgets.text import plain
from tenants.domain.errors import AccessDenied
from tenants.domain.model import Role, TenantId, UserId
from tenants.i18n.translator import Markup, Translator, cut, name
from tenants.i18n.translator import mark as _
from tenants.services.audit_log import AuditEntry

DEEDS: Final[Mapping[str, str]] = {
    "tenant:bot:connect": _("connected the bot"),
    "tenant:token:replace": _("brought a new token"),
    "tenant:token:renewed": _("fetched the managed bot's new token"),
    "tenant:bot:renamed": _("took over the bot's new name"),
    "tenant:bot:transferred": _("handed the bot over to its new owner"),
    "tenant:bot:pause": _("paused the bot"),
    "tenant:bot:unpause": _("switched the bot on"),
    "tenant:bot:restart": _("restarted the bot"),
    "tenant:bot:suspend": _("suspended the bot"),
    "tenant:bot:resume": _("lifted the suspension"),
    "tenant:bot:erase": _("asked for the bot to be erased"),
    "tenant:bot:erased": _("erased the bot"),
    "tenant:throttle:set": _("changed the speed"),
    "tenant:limits:set": _("changed the limits"),
    "tenant:update:replay": _("had failed messages handled again"),
    "platform:bots:restart": _("restarted all bots"),
    "person:data:export": _("got a copy of their data"),
    "person:data:erase": _("erased what was kept about them"),
    "tenant:feature:set": _("changed a feature"),
    "account:login:connect": _("connected an account"),
    "account:session:log_out": _("disconnected the account"),
    "account:session:erase": _("erased the account's session"),
    "account:session:lost": _("saw that Telegram had ended the account's session"),
    "account:session:stopped": _("saw that Telegram had closed the account"),
    "account:session:deleted": _("saw that the account was deleted in Telegram"),
    "account:session:freeze": _("saw that Telegram had frozen the account"),
    "account:session:thaw": _("saw that the account is no longer frozen"),
    "account:api:bring": _("brought an API id"),
    "account:api:remove": _("removed the API id"),
    "impersonation:begin": _("began to view as the owner"),
    "impersonation:view": _("looked at a window"),
    "impersonation:write": _("was allowed to change things"),
    "impersonation:end": _("stopped viewing"),
    "impersonation:expire": _("ended a viewing whose time was over"),
    "role:grant": _("gave a role"),
    "role:revoke": _("took a role away"),
    "access:denied": _("was refused"),
    "person:consent:give": _("agreed to what is kept"),
    "person:consent:withdraw": _("withdrew the agreement"),
}

_OTHER: Final = _("did something else")
_VIEW: Final = "impersonation:view"
TOLD: Final = ("to", "reason", "feature", "what", "bots", "updates")
"""Details that are shown, in this order. None of them is a secret."""
LONGEST: Final = 120
_SPEEDS: Final[Mapping[object, str]] = {
    level.value: label for level, (label, _meaning) in THROTTLES.items()
}
LRM: Final = "\u200e"
RLM: Final = "\u200f"
"""A row begins with a date, so its direction is set explicitly: else a name would decide it."""
WINDOWS: Final[Mapping[str, str]] = {
    "Home": _("🏠 Home"),
    "Features": _("⚙️ Features"),
    "Account": _("👤 Account"),
    "Preferences": _("🛠 Settings"),
    "Privacy": _("🔒 Privacy"),
    "Help": _("❓ Help"),
    "NewBot": _("🔑 I have a token"),
}


async def entries(
    scene: RequestContext, items: Sequence[AuditEntry], *, name_bots: bool = False
) -> Markup:
    """One paragraph per entry: when, who, what, why. Consecutive views of windows are merged into
    one, so that a short impersonation does not fill the page.

    Args:
        name_bots: name the bot of each entry.
    """
    names: dict[UserId, str] = {}
    bots = await _bots(scene, items) if name_bots else {}
    lines = []
    for entry in _merged(items):
        if entry.actor_id is not None and entry.actor_id not in names:
            names[entry.actor_id] = await _name(scene, entry.actor_id)
        lines.append(_line(scene, entry, names, bots))
    return Markup("\n".join(lines)) if lines else scene.tr(_("Nothing yet."))


def _merged(items: Sequence[AuditEntry]) -> list[AuditEntry]:
    merged: list[AuditEntry] = []
    for entry in items:
        last = merged[-1] if merged else None
        if last and entry.action == last.action == _VIEW and _same_look(entry, last):
            seen = [*_windows(last), *_windows(entry)]
            details = {**last.details, "what": list(dict.fromkeys(seen))}
            merged[-1] = replace(last, details=details)
        else:
            merged.append(entry)
    return merged


def _same_look(one: AuditEntry, other: AuditEntry) -> bool:
    return (one.impersonation_id, one.tenant_id) == (other.impersonation_id, other.tenant_id)


def _windows(entry: AuditEntry) -> list[object]:
    what = entry.details.get("what")
    return what if isinstance(what, list) else [what]


async def _bots(scene: RequestContext, items: Sequence[AuditEntry]) -> dict[TenantId, str]:
    wanted = {entry.tenant_id for entry in items if entry.tenant_id is not None}
    found = {}
    for tenant_id in sorted(wanted):
        with contextlib.suppress(AccessDenied):  # erased since
            tenant = await scene.services.directory.get(scene.real, tenant_id)
            found[tenant_id] = tenant.bot_username
    return found


def _line(
    scene: RequestContext,
    entry: AuditEntry,
    names: Mapping[UserId, str],
    bots: Mapping[TenantId, str],
) -> Markup:
    tr = scene.tr
    text = tr(
        _("<code>{time}</code> {who}: {deed}"),
        time=tr.moment(entry.at, "short"),
        who=_who(scene, entry, names),
        deed=tr(DEEDS.get(entry.action, _OTHER)),
    )
    text = Markup((RLM if tr.rtl else LRM) + text)
    if entry.tenant_id is not None and entry.tenant_id in bots:
        text = Markup(text + tr(_(" · @{bot}"), bot=bots[entry.tenant_id]))
    details = [_detail(tr, key, entry.details[key]) for key in TOLD if entry.details.get(key)]
    if not details:
        return text
    return Markup(text + tr(_(" · <i>{details}</i>"), details=cut(", ".join(details), LONGEST)))


def _detail(tr: Translator, key: str, value: object) -> str:
    """A window by its title; anything else unchanged."""
    if key == "what":
        groups = [
            str(one).partition(":")[0] for one in (value if isinstance(value, list) else [value])
        ]
        return ", ".join(dict.fromkeys(plain(tr(WINDOWS[g])) for g in groups if g in WINDOWS))
    if key == "reason":
        return plain(read_reason(tr, str(value))).rstrip(".")
    if key == "to" and value in _SPEEDS:
        return plain(tr(_SPEEDS[value]))
    return str(value)


def _who(scene: RequestContext, entry: AuditEntry, names: Mapping[UserId, str]) -> Markup:
    tr = scene.tr
    if entry.actor_id is None:
        return tr(_("the platform"))
    if entry.actor_id == scene.real.user_id:
        who = tr(_("you"))
    else:
        who = tr(_("{person} ({role})"), person=name(names[entry.actor_id]), role=_role(tr, entry))
    changed = entry.impersonation_id is not None and not entry.action.startswith("impersonation:")
    return tr(_("✍️ {who}, in the owner's place"), who=who) if changed else who


def _role(tr: Translator, entry: AuditEntry) -> Markup:
    if entry.actor_role not in set(Role):
        return Markup("")
    role = Role(entry.actor_role)
    # The platform's owner, not a bot's.
    return tr(_("platform owner")) if role is Role.OWNER else tr(ROLES[role])


async def _name(scene: RequestContext, user_id: UserId) -> str:
    person = await scene.services.people.get(user_id)
    return person.name if person else str(user_id)
