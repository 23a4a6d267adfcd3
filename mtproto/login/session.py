"""One login in progress: its connection, its state and its current step."""

from __future__ import annotations

from typing import Any, Final

import structlog
from telethon import functions, types

from mtproto.client.client import AccountClient
from mtproto.client.error_map import ErrorClass, Kind, classify
from mtproto.login.phone_numbers import CountryMissing, read_phone
from mtproto.login.qr import QrCodes
from mtproto.login.responses import account_of, is_for_official_apps, needs_official_app, note_code
from mtproto.login.state import LoginState, digits_of
from mtproto.login.step_view import step_of
from mtproto.login.steps import Delivery, Done, Failed, LoginErrorCode, ShowQr, Step
from tenants.domain.ports import Clock

log = structlog.get_logger(__name__)

_RESTARTS_CODE: Final = (LoginErrorCode.CODE_EXPIRED,)
_BACK_TO_PHONE: Final = (
    LoginErrorCode.PHONE_INVALID,
    LoginErrorCode.PHONE_UNKNOWN,
    LoginErrorCode.PHONE_BANNED,
)
_LOOK_TIMEOUT: Final = 10.0


class LoginSession:
    """Contains the order of steps and the Telethon calls; independent of tenants and tables.

    Each method sends requests, updates :attr:`state` and returns the next step; it raises
    none of Telethon's errors. https://core.telegram.org/api/auth
    """

    def __init__(self, client: AccountClient, state: LoginState, clock: Clock) -> None:
        self.client = client
        self.state = state
        self._clock = clock
        self._qr = QrCodes(client, clock)

    # --- Current step -------------------------------------------------------------------------

    def step(self) -> Step:
        """The last known step, without asking Telegram."""
        return step_of(self.state, self._qr.shown, self._clock.now())

    @property
    def has_something_to_cancel(self) -> bool:
        """Whether a code was sent, a QR code shown, or a session waits for its password."""
        return bool(self.state.code_hash) or self.state.step in ("qr", "password")

    def unreachable(self) -> Step:
        """The current step, with the problem that Telegram does not answer."""
        return self._again(LoginErrorCode.TELEGRAM_UNAVAILABLE)

    async def resume(self) -> Step:
        """After a restart: ask Telegram for the login's progress, then continue."""
        try:
            user = await self.client.who()
        except Exception as error:
            verdict = classify(error)
            if verdict.kind is Kind.PASSWORD:
                return await self._ask_password()
            if verdict.kind not in (Kind.LOST, Kind.UNAVAILABLE):
                return self._outcome(verdict)
            # An authorization key that no account is logged in with gets a 401.
            return await self.show_qr() if self.state.step == "qr" else self.step()
        return await self._done(user)

    # --- Phone and code -----------------------------------------------------------------------

    async def send_code(self, text: str, language: str = "") -> Step:
        """``language`` is the person's: see :func:`mtproto.login.phone_numbers.read_phone`."""
        try:
            phone = read_phone(text, language)
        except CountryMissing:
            return self._again(LoginErrorCode.PHONE_COUNTRY_MISSING)
        if phone is None:
            return self._again(LoginErrorCode.PHONE_INVALID)
        await self.cancel_code()
        self.state.phone = phone
        return await self._send_code()

    async def resend_code(self) -> Step:
        """Resend by the next delivery type if the code is valid; else request a new code."""
        if self.state.code_dead or self.state.next_by is None:
            await self.cancel_code()
            return await self._send_code()
        if self.state.resend_at and self.state.resend_at > self._clock.now().timestamp():
            return self._again(LoginErrorCode.RESEND_TOO_EARLY)
        return await self._take_code(self._resend())

    async def code_exposed(self) -> Step:
        self.state.code_dead = True
        return self._again(LoginErrorCode.CODE_EXPOSED)

    async def sign_in(self, text: str) -> Step:
        code = digits_of(text)
        if not code or (self.state.length and len(code) != self.state.length):
            return self._again(LoginErrorCode.CODE_WRONG)
        if wait := self.state.wait_for("code", self._clock.now()):
            return self._again(wait.code)
        try:
            answer = await self.client.call(self._sign_in(code))
        except Exception as error:
            return await self._refused(error)
        if isinstance(answer, types.auth.AuthorizationSignUpRequired):
            self.state.step = "phone"
            return self._again(LoginErrorCode.PHONE_UNKNOWN)
        return await self._done(answer.user)

    async def cancel_code(self) -> None:
        """Cancel the sent code at Telegram; best effort."""
        if not self.state.code_hash:
            return
        request = functions.auth.CancelCodeRequest(self.state.phone, self.state.code_hash)
        self.state.code_hash = ""
        try:
            await self.client.call(request)
        except Exception as error:
            log.debug("code not cancelled", error=classify(error).name)

    async def _send_code(self) -> Step:
        if self.state.wait_for("phone", self._clock.now()):
            return self._again(LoginErrorCode.FLOOD_WAIT)
        api = self.client.session.api
        return await self._take_code(
            functions.auth.SendCodeRequest(
                self.state.phone, api.api_id, api.api_hash.reveal(), types.CodeSettings()
            )
        )

    async def _take_code(self, request: Any, *, may_resend: bool = True) -> Step:
        try:
            sent = await self.client.call(request)
        except Exception as error:
            return await self._refused(error, about="phone")
        if isinstance(sent, types.auth.SentCodeSuccess):
            return await self._done(sent.authorization.user)
        if (why := needs_official_app(sent)) is not None:
            return Failed(code=why)
        note_code(self.state, sent, self._clock.now())
        if not is_for_official_apps(sent.type):
            return self.step()
        if may_resend and self.state.next_by is not None:
            return await self._take_code(self._resend(), may_resend=False)
        await self.cancel_code()
        return Failed(code=LoginErrorCode.OFFICIAL_APP_ONLY)

    def _sign_in(self, code: str) -> Any:
        """https://core.telegram.org/api/auth#email-verification: a code sent by e-mail is
        not a phone code."""
        place = self.state.phone, self.state.code_hash
        if self.state.delivered_by is Delivery.EMAIL:
            email = types.EmailVerificationCode(code)
            return functions.auth.SignInRequest(*place, email_verification=email)
        return functions.auth.SignInRequest(*place, code)

    def _resend(self) -> Any:
        return functions.auth.ResendCodeRequest(self.state.phone, self.state.code_hash)

    # --- Password -----------------------------------------------------------------------------

    async def prove_password(self, password: str) -> Step:
        if wait := self.state.wait_for("password", self._clock.now()):
            return self._again(wait.code)
        try:
            answer = await self.client.prove_password(password)
        except Exception as error:
            return await self._refused(error)
        return await self._done(answer.user)

    async def _ask_password(self) -> Step:
        try:
            asked = await self.client.call(functions.account.GetPasswordRequest())
        except Exception as error:
            return self._outcome(classify(error))
        self.state.step = "password"
        self.state.trouble = None
        self.state.hint = asked.hint or ""
        return self.step()

    # --- QR -----------------------------------------------------------------------------------

    async def show_qr(self) -> Step:
        """A new QR code, or the step after the scan of the last one."""
        self.state.step = "qr"
        try:
            shown = await self._qr.fresh()
        except Exception as error:
            return await self._refused(error)
        return shown if isinstance(shown, ShowQr) else await self._done(shown)

    async def scanned_or_stale(self) -> None:
        """Wait until the QR code was scanned, or is about to expire."""
        await self._qr.scanned_or_stale()

    # --- Results ------------------------------------------------------------------------------

    async def _done(self, user: Any) -> Step:
        """Logged in. Telethon's additional requests may fail."""
        try:
            await self.client.admitted(user)
        except Exception as error:
            verdict = classify(error)
            if verdict.kind is Kind.PASSWORD:
                return await self._ask_password()
            if verdict.kind in (Kind.LOST, Kind.STOPPED):
                return self._outcome(verdict)
            log.info("update state not known yet", error=verdict.name)
        return Done(account=account_of(user))

    async def _refused(self, error: Exception, about: str | None = None) -> Step:
        """The step after an error; detects a login that succeeded although its answer was
        lost."""
        verdict = classify(error)
        if verdict.kind is Kind.PASSWORD:
            return await self._ask_password()
        if _may_be_in(verdict) and (found := await self._look()) is not None:
            return found
        return self._outcome(verdict, about)

    async def _look(self) -> Step | None:
        """The step reached at Telegram, if it is later than the known one."""
        try:
            user = await self.client.who(_LOOK_TIMEOUT)
        except Exception as error:
            asks_password = classify(error).kind is Kind.PASSWORD
            if asks_password and self.state.step != "password":
                return await self._ask_password()
            return None
        return await self._done(user)

    def _outcome(self, verdict: ErrorClass, about: str | None = None) -> Step:
        """The step after a refusal."""
        log.info("login refused", step=self.state.step, error=verdict.name)
        match verdict.kind:
            case Kind.WAIT:
                until = self._clock.now().timestamp() + (verdict.retry_after or 0)
                self.state.waits[about or self.state.step] = (verdict.trouble, until)
                return self._again(verdict.trouble, verdict.retry_after)
            case Kind.AGAIN | Kind.UNAVAILABLE:
                self.state.code_dead |= verdict.trouble in _RESTARTS_CODE
                if verdict.trouble in _BACK_TO_PHONE:
                    self.state.step = "phone"
                return self._again(verdict.trouble)
            case _:
                params = {"error": verdict.name} if verdict.kind is Kind.REFUSED else {}
                return Failed(code=verdict.trouble, params=params)

    def _again(self, trouble: LoginErrorCode, retry_after: float | None = None) -> Step:
        """The same step with the reason; a QR login has no step that a person can repeat."""
        self.state.trouble = trouble
        if self.state.step == "qr":
            return Failed(code=trouble, retry_after=retry_after)
        return self.step()


def _may_be_in(verdict: ErrorClass) -> bool:
    """Whether this may be the answer to a repeated call whose first answer was lost."""
    if verdict.kind in (Kind.AGAIN, Kind.UNAVAILABLE, Kind.STALE_QR, Kind.REFUSED):
        return verdict.trouble is not LoginErrorCode.CODE_WRONG
    return False
