"""auth.*: codes, passwords, logging out. https://core.telegram.org/api/auth"""

from __future__ import annotations

import hmac
from typing import Any

from telethon.tl import functions, types

from sandbox.mtproto.errors import RpcRefusal
from sandbox.mtproto.login_code_watch import deliver, tell_shared
from sandbox.mtproto.request import Call, plain_phone
from sandbox.mtproto.serializers.peers import user_form
from sandbox.mtproto.serializers.sent_codes import NEXT, sent_form
from sandbox.world.logins import LoginCode, SentBy

MOST_DATA_CENTRES = 5


def send_code(call: Call, way: SentBy = SentBy.APP) -> Any:
    """A code by ``way``; to a number of another data centre the client is sent there."""
    _check_application(call)
    phone = _phone(call)
    if call.session.user_id is not None:
        raise RpcRefusal(500, "AUTH_RESTART")
    account = next((one for one in call.world.state.accounts.values() if one.phone == phone), None)
    if account is not None and (home := call.logins.home_of(account.id)) != call.session.dc:
        raise RpcRefusal(303, f"PHONE_MIGRATE_{home}")
    account_id = account.id if account else None
    code = call.logins.new_code(call.session.key_id, phone, account_id, way)
    deliver(call.world, code)
    return sent_form(code)


def resend_code(call: Call) -> Any:
    """The next way of sending it; after the last there is none."""
    old = _code(call)
    way = NEXT.get(old.sent_by)
    if way is None:
        raise RpcRefusal(406, "SEND_CODE_UNAVAILABLE")
    code = call.logins.new_code(old.key_id, old.phone, old.account_id, way)
    deliver(call.world, code)
    return sent_form(code)


def cancel_code(call: Call) -> Any:
    call.logins.cancel_code(_code(call))
    return True


def sign_in(call: Call) -> Any:
    code = _code(call)
    given = call.request.phone_code or ""
    if code.sent_by is SentBy.EMAIL:
        given = getattr(call.request.email_verification, "code", "")
    if not given:
        raise RpcRefusal(400, "PHONE_CODE_EMPTY")
    if not hmac.compare_digest(given.encode(), code.code.encode()):
        raise RpcRefusal(400, "PHONE_CODE_INVALID")
    if code.spoilt:
        if code.account_id is not None:
            tell_shared(call.world, code.account_id)
        raise RpcRefusal(400, "PHONE_CODE_EXPIRED")
    if code.account_id is None:
        return types.auth.AuthorizationSignUpRequired()
    call.logins.cancel_code(code)
    call.logins.admit(call.session, code.account_id)
    return authorization(call)


def check_password(call: Call) -> Any:
    """The second step, after a code or a QR code."""
    account_id = call.session.account_id
    if account_id is None:
        raise RpcRefusal(401, "AUTH_KEY_UNREGISTERED")
    password = call.logins.passwords.get(account_id)
    if password is not None:
        wrong = call.server.challenges.check(call.request.password, password)
        if wrong is not None:
            raise RpcRefusal(400, wrong)
    if call.session.awaits_password:
        call.logins.complete(call.session)
    return authorization(call)


def log_out(call: Call) -> Any:
    assert call.user_id
    call.logins.end(call.session, by_itself=True)
    return types.auth.LoggedOut()


def reset_authorizations(call: Call) -> Any:
    """End all sessions but the caller's."""
    for session in call.logins.sessions(call.user_id):
        if session is not call.session:
            call.logins.end(session)
    return True


def export_authorization(call: Call) -> Any:
    """Export the caller's login to another data centre.

    https://core.telegram.org/api/datacenter#authorization-transfer
    """
    if not 1 <= call.request.dc_id <= MOST_DATA_CENTRES:
        raise RpcRefusal(400, "DC_ID_INVALID")
    return types.auth.ExportedAuthorization(call.user_id, call.logins.export(call.session))


def import_authorization(call: Call) -> Any:
    """Import an exported login; the key it was exported by is logged out."""
    call.logins.take_over(call.session, call.request.id, call.request.bytes)
    return authorization(call)


def authorization(call: Call) -> Any:
    """The answer to a client that is logged in."""
    account = call.world.account(call.user_id)
    return types.auth.Authorization(user_form(account, account.id))


def _check_application(call: Call) -> None:
    """Any id and hash of the right format are accepted; Telegram checks the pair."""
    request = call.request
    if request.api_id <= 0 or not request.api_hash:
        raise RpcRefusal(400, "API_ID_INVALID")


def _phone(call: Call) -> str:
    phone = plain_phone(call.request.phone_number)
    if not 7 <= len(phone) - 1 <= 15:
        raise RpcRefusal(406, "PHONE_NUMBER_INVALID")
    return phone


def _code(call: Call) -> LoginCode:
    return call.logins.find_code(_phone(call), call.request.phone_code_hash)


METHODS = {
    functions.auth.SendCodeRequest: send_code,
    functions.auth.ResendCodeRequest: resend_code,
    functions.auth.CancelCodeRequest: cancel_code,
    functions.auth.SignInRequest: sign_in,
    functions.auth.CheckPasswordRequest: check_password,
    functions.auth.LogOutRequest: log_out,
    functions.auth.ResetAuthorizationsRequest: reset_authorizations,
    functions.auth.ExportAuthorizationRequest: export_authorization,
    functions.auth.ImportAuthorizationRequest: import_authorization,
}
