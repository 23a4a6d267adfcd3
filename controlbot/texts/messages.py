"""Catalog texts for error codes, login error codes and states."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from string import Formatter
from typing import Final

from mtproto.login.steps import Delivery, Failed, LoginErrorCode, Problem
from tenants.domain.errors import PlatformError
from tenants.domain.model import Desired, Observed, Role, Tenant, Throttle
from tenants.i18n.translator import Markup, Translator
from tenants.i18n.translator import mark as _

INTERNAL: Final = _("Something went wrong on our side. It has been noted; please try again.")

ERRORS: Final[Mapping[str, str]] = {
    "internal": INTERNAL,
    "onboarding": _("This bot could not be connected. Please try again."),
    "token_malformed": _(
        "That is not a bot token. A token looks like <code>123456789:AAE…</code>: copy it whole "
        "from @BotFather's message, or simply forward that message here."
    ),
    "token_rejected": _(
        "Telegram does not accept this token. It may have been replaced by a newer one. Ask "
        "@BotFather for the current one: <code>/mybots</code> → your bot → API Token."
    ),
    "token_of_control_bot": _("That is the token of this very bot. Please bring another one."),
    "bot_taken": _(
        "This bot is already connected here by somebody else. If it is yours, give it a new "
        "token with @BotFather (<code>/revoke</code>), then write to our team: /help"
    ),
    "webhook_elsewhere": _("Another program answers for this bot right now: {host}."),
    "too_many_bots": _("You have as many bots as one person may have here: {limit}."),
    "too_many_attempts": _("Too many attempts. Please try again in {wait}."),
    "telegram_unavailable": _("Telegram does not answer right now. Please try again in a minute."),
    "access_denied": _("You can't do that here."),
    "read_only": _("You are only looking: nothing can be changed while you view as somebody."),
    "impersonation_ended": _("The time for viewing as this person is over."),
    "reason_required": _("Please write a reason. The person concerned will read it."),
    "consent_required": _("Please read and accept first what is stored: /start"),
    "not_found": _("That is not there any more."),
    "state_conflict": _("This has changed in the meantime. Here is how it stands now."),
    "out_of_range": _("That is too much or too little: from {lowest} to {highest} is possible."),
    "stale_tap": _("This button was already used or is too old. Please try again."),
    "vault": _(
        "Stored credentials cannot be decrypted; the platform's owner must check the master key."
    ),
    "master_key_missing": _("The platform's master key is missing. Its owner has to look at it."),
    "master_key_wrong": _("The platform's master key is a wrong one. Its owner has to look at it."),
    "sealed_value_tampered": _(
        "A stored secret was damaged and is not used. Please bring the token or account again."
    ),
    "secret_missing": _("The stored secret is gone. Please bring the token or account again."),
    "audit_broken": _("The record does not add up. The platform's owner has to look at it."),
    "audit_unavailable": _(
        "This could not be written to the record, so it was not done. Please try again."
    ),
    "ownership_lost": _("This bot has just moved to another worker. Please try again."),
    "already_under_way": _("This is being done already. Please wait until it is ready."),
    "already_running": _("Another process already serves this platform."),
    "account": _("Something is wrong with the connected account. Please connect it again."),
    "account_not_connected": _("No Telegram account is connected: /connect"),
    "account_closed": _(
        "Telegram has closed the connected account. Only Telegram can help with that."
    ),
    "account_refused": _("Telegram does not allow this for the connected account."),
    "account_busy": _("Telegram asks this account to wait {wait}."),
}

TROUBLES: Final[Mapping[LoginErrorCode, str]] = {
    LoginErrorCode.PHONE_INVALID: _(
        "That is not a phone number Telegram knows. Write it with the country's code, "
        "like +44 20 7946 0000."
    ),
    LoginErrorCode.PHONE_COUNTRY_MISSING: _(
        "Which country is this number from? Please write it with + and the country's code, "
        "like +44 20 7946 0000."
    ),
    LoginErrorCode.PHONE_UNKNOWN: _("There is no Telegram account with this number."),
    LoginErrorCode.PHONE_BANNED: _(
        "Telegram has blocked this number. Only Telegram can help with that."
    ),
    LoginErrorCode.CODE_WRONG: _(
        "That code is not right. Look at it again and tap it in once more."
    ),
    LoginErrorCode.CODE_EXPIRED: _("That code has run out. Ask for a new one below."),
    LoginErrorCode.CODE_EXPOSED: _(
        "A code that is typed or forwarded in a chat is cancelled by Telegram, to protect you. "
        "Get a new one and tap its digits on the buttons below, or use the QR code instead."
    ),
    LoginErrorCode.CODE_UNAVAILABLE: _(
        "Telegram sends no more codes to this number for now. The QR code still works."
    ),
    LoginErrorCode.RESEND_TOO_EARLY: _("A new code can't be sent yet."),
    LoginErrorCode.PASSWORD_WRONG: _("That password is not right. Please try again."),
    LoginErrorCode.PASSWORD_CHANGED: _(
        "Telegram could not check the password just now. Please send it once more."
    ),
    LoginErrorCode.FLOOD_WAIT: _("Telegram asks for a pause after many tries."),
    LoginErrorCode.ACCOUNT_BANNED: _("Telegram has closed this account. Only Telegram can help."),
    LoginErrorCode.ACCOUNT_DELETED: _("This account was deleted in Telegram."),
    LoginErrorCode.ACCOUNT_FROZEN: _(
        "Telegram has frozen this account. You can appeal in your Telegram app; until then it "
        "can't be connected."
    ),
    LoginErrorCode.SESSION_LOST: _(
        "Telegram ended this login. If you did that under Devices, all is well. "
        "You can start again."
    ),
    LoginErrorCode.PAYMENT_REQUIRED: _(
        "Telegram wants a payment for a code to this number. Use the QR code instead."
    ),
    LoginErrorCode.EMAIL_SETUP_REQUIRED: _(
        "Telegram wants an e-mail address for this account first. Set it up in your Telegram app."
    ),
    LoginErrorCode.QR_EXPIRED: _("The QR code was scanned too late. Please show a new one."),
    LoginErrorCode.APP_OUTDATED: _(
        "Telegram does not let this version of the platform log in that way. Try the other way. "
        "If that fails too, the platform has to be updated by its owner; trying again won't help."
    ),
    LoginErrorCode.OFFICIAL_APP_ONLY: _(
        "For this number Telegram sends codes only to its own apps. Use the QR code instead."
    ),
    LoginErrorCode.NOT_STORED: _(
        "Telegram logged you in, but the connection could not be stored here, so we ended that "
        "session again. Please try once more."
    ),
    LoginErrorCode.API_MISSING: _(
        "This platform can't connect accounts yet: its owner has to enter Telegram's API id."
    ),
    LoginErrorCode.API_INVALID: _(
        "Telegram does not accept this platform's API id. Its owner has to look at it."
    ),
    LoginErrorCode.METHOD_OFF: _(
        "This way to log in is switched off here. Please take the other one."
    ),
    LoginErrorCode.TELEGRAM_UNAVAILABLE: _("Telegram does not answer right now. Please try again."),
    LoginErrorCode.TIMED_OUT: _("This login took too long and was cancelled. You can start again."),
    LoginErrorCode.CANCELLED: _("The login was cancelled. Nothing was kept."),
    LoginErrorCode.NOT_RUNNING: _("There is no login going on any more. You can start again."),
    LoginErrorCode.UNEXPECTED: _("Telegram answered something unexpected. Please start again."),
}

DELIVERIES: Final[Mapping[Delivery, str]] = {
    Delivery.APP: _("The code is in your Telegram app, in the chat “Telegram”."),
    Delivery.SMS: _("The code comes by SMS to {phone}."),
    Delivery.CALL: _("A call to {phone} tells you the code."),
    Delivery.FLASH_CALL: _("A call to {phone} brings the code."),
    Delivery.MISSED_CALL: _("Your phone rings once: the code is the last digits of the caller."),
    Delivery.EMAIL: _("The code comes to your e-mail."),
    Delivery.FRAGMENT: _("The code is on fragment.com, as your number is an anonymous one."),
    Delivery.WORDS: _("Telegram sends words instead of digits. Please use the QR code instead."),
}

OBSERVED: Final[Mapping[Observed, tuple[str, str]]] = {
    Observed.STOPPED: ("🟡", _("Starting…")),
    Observed.STARTING: ("🟡", _("Starting…")),
    Observed.ONLINE: ("🟢", _("Online")),
    Observed.BACKING_OFF: ("🟡", _("Waiting for Telegram")),
    Observed.TOKEN_REVOKED: ("🔴", _("Token no longer valid")),
    Observed.USED_ELSEWHERE: ("🔴", _("Used by another program")),
    Observed.QUARANTINED: ("🔴", _("Stopped after repeated errors")),
}

DESIRED: Final[Mapping[Desired, tuple[str, str]]] = {
    Desired.PAUSED: ("⏸", _("Paused")),
    Desired.SUSPENDED: ("⛔", _("Suspended")),
    Desired.ERASING: ("🗑", _("Being erased")),
}

ADVICE: Final[Mapping[Observed, str]] = {
    Observed.BACKING_OFF: _("We keep trying by ourselves; nothing is lost."),
    Observed.TOKEN_REVOKED: _(
        "Telegram no longer accepts its token. Get the new one from @BotFather "
        "(<code>/mybots</code> → API Token) and bring it here by “Replace token”."
    ),
    Observed.USED_ELSEWHERE: _(
        "Stop that program, or give the bot a new token with @BotFather "
        "(<code>/revoke</code>) and bring it here by “Replace token”."
    ),
    Observed.QUARANTINED: _("So we stopped it. Our team has been told; you can also try again."),
}

THROTTLES: Final[Mapping[Throttle, tuple[str, str]]] = {
    Throttle.NORMAL: (_("🟢 Normal"), _("Full speed.")),
    Throttle.SLOW: (_("🐢 Slow"), _("Messages are handled at a slower pace; none is lost.")),
    Throttle.NO_BROADCASTS: (_("📵 No broadcasts"), _("Answers go out, broadcasts don't.")),
    Throttle.RECEIVE_ONLY: (
        _("📥 Receive only"),
        _("Messages are kept and handled later; nothing is sent."),
    ),
}

ROLES: Final[Mapping[Role, str]] = {
    Role.OWNER: _("Owner"),
    Role.ADMIN: _("Admin"),
    Role.AUDITOR: _("Auditor"),
    Role.TENANT: _("Member"),
    Role.COMANAGER: _("Co-manager"),
}


def error_text(tr: Translator, error: PlatformError) -> Markup:
    """What happened and what to do next."""
    params = {key: value for key, value in error.params.items() if value is not None}
    seconds = error.params.get("retry_after")
    if isinstance(seconds, int | float):
        params["wait"] = timedelta(seconds=max(1.0, seconds))
    msgid = ERRORS.get(error.code, INTERNAL)
    gaps = {gap for _text, gap, _spec, _conversion in Formatter().parse(msgid) if gap}
    return tr(msgid, **params) if gaps <= params.keys() else tr(INTERNAL)


def problem_text(tr: Translator, problem: Problem) -> Markup:
    """Why a login step is repeated, with the time from which it can succeed."""
    text = tr(TROUBLES[problem.code])
    return _with_time(tr, text, problem.retry_at)


def failed_text(tr: Translator, failed: Failed, now: datetime | None = None) -> Markup:
    text = tr(TROUBLES[failed.code])
    if failed.retry_after is None:
        return text
    moment = (now or datetime.now(UTC)) + timedelta(seconds=failed.retry_after)
    return _with_time(tr, text, moment)


def _with_time(tr: Translator, text: Markup, moment: datetime | None) -> Markup:
    if moment is None:
        return text
    until = tr(_("Possible again from {time} (UTC)."), time=moment)
    return Markup(f"{text} {until}")


def until_words(tr: Translator, tenant: Tenant) -> Markup:
    """When a suspension ends automatically, if it does."""
    return back_on(tr, tenant.desired_until) if tenant.desired_until else Markup("")


def back_on(tr: Translator, until: datetime) -> Markup:
    return tr(_("It comes back on {time} (UTC)."), time=until)


def status(tr: Translator, tenant: Tenant) -> tuple[str, Markup]:
    """A bot's state: a coloured dot and a word."""
    dot, word = DESIRED.get(tenant.desired) or OBSERVED[tenant.observed]
    return dot, tr(word)


def advice(tr: Translator, tenant: Tenant) -> Markup:
    """What the owner can do about the state, if anything."""
    if tenant.desired is not Desired.ACTIVE or tenant.observed not in ADVICE:
        return Markup("")
    return tr(ADVICE[tenant.observed])
