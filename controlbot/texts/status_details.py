"""Texts for a bot's observed state: why it waits, who uses it, what failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tenants.domain.model import Desired, Observed, Tenant
from tenants.i18n.translator import Markup, Translator
from tenants.i18n.translator import mark as _

FROM_OUTSIDE: Final = "webhook_changed:"
"""Prefix that the runner adds to the host of a webhook set by somebody else."""

UNDELIVERED: Final = "webhook_failing:"
"""Prefix that the runner adds to Telegram's error for a failing webhook."""

_WAITS: Final[Mapping[str, str]] = {
    "flood": _("Telegram asked for a pause, as there were too many requests."),
    "timeout": _("Telegram did not answer in time."),
    "garbage": _("Telegram answered something that makes no sense."),
    "unauthorized": _("Telegram refused its token; we ask again before we believe that."),
    "database": _("Our own database does not answer."),
}
_BROKE: Final[Mapping[str, str]] = {
    "handlers_fail": _("Update after update made its features fail."),
    "blocks_the_loop": _("The bot was too slow and delayed others."),
    "secret_missing": _("Its stored token is missing: it needs a new one."),
    "sealed_value_tampered": _("Its stored token was damaged: it needs a new one."),
    "master_key_missing": _("The master key that opens its token is missing."),
    "master_key_wrong": _("The master key does not open its token."),
}


def diagnosis(tr: Translator, tenant: Tenant) -> Markup:
    """One sentence about the tenant's observed state, or empty."""
    if tenant.desired is not Desired.ACTIVE:
        return Markup("")
    return explain(tr, tenant.observed, tenant.observed_detail)


def explain(tr: Translator, observed: Observed, detail: str) -> Markup:
    """The same for a given state."""
    words = _EXPLAIN.get(observed)
    return words(tr, detail) if words else Markup("")


def _waiting(tr: Translator, kind: str) -> Markup:
    if kind in _WAITS:
        return tr(_WAITS[kind])
    if kind.startswith(UNDELIVERED):
        words = kind.removeprefix(UNDELIVERED)
        return tr(_("Telegram can't deliver its messages: <code>{words}</code>"), words=words)
    if kind.startswith("http_"):
        return tr(_("Telegram answered with error {code}."), code=kind.removeprefix("http_"))
    return tr(_("Telegram can't be reached ({kind})."), kind=kind or "?")


def _elsewhere(tr: Translator, host: str) -> Markup:
    if host:
        return tr(_("Its messages go to <code>{host}</code>, which has set a webhook."), host=host)
    return tr(_("Another program asks Telegram for its messages, with the same token."))


def _broken(tr: Translator, detail: str) -> Markup:
    if detail in _BROKE:
        return tr(_BROKE[detail])
    return tr(_("It could not be started: <code>{detail}</code>"), detail=detail or "?")


def _leaked(tr: Translator, host: str) -> Markup:
    return tr(
        _("⚠️ Somebody sent its messages to <code>{host}</code>: its token may be known."),
        host=host or "?",
    )


def _online(tr: Translator, detail: str) -> Markup:
    if not detail.startswith(FROM_OUTSIDE):
        return Markup("")
    return _leaked(tr, detail.removeprefix(FROM_OUTSIDE))


_EXPLAIN: Final[Mapping[Observed, Callable[[Translator, str], Markup]]] = {
    Observed.ONLINE: _online,
    Observed.BACKING_OFF: _waiting,
    Observed.USED_ELSEWHERE: _elsewhere,
    Observed.QUARANTINED: _broken,
}
