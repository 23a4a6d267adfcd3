"""The error tree. A class has a code and parameters, but no user-facing text.

The interface maps ``code`` to a catalog text; ``params`` are its placeholders' values and
never hold a secret.
"""

from __future__ import annotations

from typing import ClassVar


class PlatformError(Exception):
    """The root. Subclasses set ``code``; parameters are the values for its text."""

    code: ClassVar[str] = "internal"

    def __init__(self, **params: object) -> None:
        super().__init__(self.code, params)
        self.params = params

    def __str__(self) -> str:
        inner = ", ".join(f"{key}={value!r}" for key, value in self.params.items())
        return f"{self.code}({inner})"


# --- Connecting a bot ---------------------------------------------------------------------


class OnboardingError(PlatformError):
    """A bot could not be connected."""

    code = "onboarding"


class MalformedToken(OnboardingError):
    """The text is not a bot token. Decided without a network call."""

    code = "token_malformed"


class TokenRejected(OnboardingError):
    """Telegram answered 401: revoked or never valid."""

    code = "token_rejected"


class ControlBotToken(OnboardingError):
    """The token is the control bot's own."""

    code = "token_of_control_bot"


class BotTaken(OnboardingError):
    """The bot is another person's tenant; the owner is not disclosed."""

    code = "bot_taken"


class WebhookElsewhere(OnboardingError):
    """The bot has a webhook of another program. Params: ``host``, ``pending``."""

    code = "webhook_elsewhere"


class TooManyBots(OnboardingError):
    """The person has as many bots as the settings allow. Params: ``limit``."""

    code = "too_many_bots"


class TooManyAttempts(OnboardingError):
    """The person tried too often. Params: ``retry_after`` (seconds)."""

    code = "too_many_attempts"


class TelegramUnavailable(PlatformError):
    """Telegram gave no answer or an invalid one. Params: ``retry_after`` (seconds or None)."""

    code = "telegram_unavailable"


# --- Authorisation ------------------------------------------------------------------------


class AccessDenied(PlatformError):
    """The actor may not do this. Does not reveal whether the object exists."""

    code = "access_denied"


class ReadOnly(AccessDenied):
    """The actor impersonates read-only."""

    code = "read_only"


class ImpersonationEnded(AccessDenied):
    """The impersonation has ended (after 30 minutes, or by a person)."""

    code = "impersonation_ended"


class ReasonRequired(PlatformError):
    """The action needs a reason and got none."""

    code = "reason_required"


class ConsentRequired(PlatformError):
    """The person has not agreed to what is stored. Params: ``version``."""

    code = "consent_required"


# --- State --------------------------------------------------------------------------------


class NotFound(PlatformError):
    """No such object for this actor."""

    code = "not_found"


class StateConflict(PlatformError):
    """The object changed since the person last saw it, or the step is not allowed from its
    state. Params: ``state``."""

    code = "state_conflict"


class OutOfRange(PlatformError):
    """A number outside of the allowed range. Params: ``lowest``, ``highest``."""

    code = "out_of_range"


class AlreadyUnderWay(PlatformError):
    """The same work is already running; it is not started twice."""

    code = "already_under_way"


class StaleTap(PlatformError):
    """A one-time button was pressed twice, too late, or by another person."""

    code = "stale_tap"


# --- Keys and audit log -------------------------------------------------------------------


class VaultError(PlatformError):
    code = "vault"


class MasterKeyMissing(VaultError):
    """No master key although sealed data exists. Params: ``key_id``, ``where``."""

    code = "master_key_missing"


class MasterKeyWrong(VaultError):
    """The master key is not the one that sealed the data. Params: ``expected``, ``found``."""

    code = "master_key_wrong"


class Tampered(VaultError):
    """A sealed value was moved or changed. Params: ``table``, ``column``."""

    code = "sealed_value_tampered"


class SecretMissing(VaultError):
    """The secret or its wrapped key was erased."""

    code = "secret_missing"


class AuditBroken(PlatformError):
    """The audit chain does not verify. Params: ``sequence``, ``why``."""

    code = "audit_broken"


class AuditUnavailable(PlatformError):
    """The audit entry could not be written, so the action was not done."""

    code = "audit_unavailable"


# --- Ownership ----------------------------------------------------------------------------


class OwnershipLost(PlatformError):
    """A write came from a process that no longer holds the lease. Params: ``epoch``."""

    code = "ownership_lost"


class AlreadyRunning(PlatformError):
    """Another process serves this data. Params: ``holder``."""

    code = "already_running"


# --- Users' own accounts ------------------------------------------------------------------


class AccountError(PlatformError):
    code = "account"


class AccountNotConnected(AccountError):
    """The tenant has no usable account."""

    code = "account_not_connected"


class AccountClosed(AccountNotConnected):
    """Telegram has banned or deleted the account: it cannot be connected again.
    Params: ``state``."""

    code = "account_closed"


class AccountBusy(AccountError):
    """Telegram asked this account to wait. Params: ``retry_after`` (seconds)."""

    code = "account_busy"


class AccountRefused(AccountError):
    """Telegram refused this for the account. Params: ``error`` (Telegram's error name)."""

    code = "account_refused"
