"""auth.*LoginToken: logging in by a QR code. https://core.telegram.org/api/qr-login"""

from __future__ import annotations

from typing import Any

from telethon.tl import functions, types

from sandbox.mtproto import tl_codec
from sandbox.mtproto.errors import RpcRefusal
from sandbox.mtproto.methods.auth import authorization
from sandbox.mtproto.request import Call
from sandbox.mtproto.serializers.sessions import session_form


def export_login_token(call: Call) -> Any:
    """A token to show; once it was accepted, the login itself."""
    if call.session.account_id is not None:
        return types.auth.LoginTokenSuccess(authorization(call))
    if call.session.moves_by:
        moved = call.logins.tokens.get(call.session.moves_by)
        call.session.moves_by = b""
        if moved is not None and moved.account_id is not None:
            home = call.logins.home_of(moved.account_id)
            return types.auth.LoginTokenMigrateTo(home, moved.token)
    if call.request.api_id <= 0 or not call.request.api_hash:
        raise RpcRefusal(400, "API_ID_INVALID")
    token = call.logins.new_token(call.session.key_id)
    return types.auth.LoginToken(tl_codec.moment(token.expires), token.token)


def import_login_token(call: Call) -> Any:
    """Continue on another data centre with a token that was made on the first."""
    token = call.logins.tokens.get(call.request.token)
    if token is None:
        raise RpcRefusal(400, "AUTH_TOKEN_INVALID")
    if token.expires <= call.logins.now():
        raise RpcRefusal(400, "AUTH_TOKEN_EXPIRED")
    if token.account_id is None:
        token.key_id = call.session.key_id
        return types.auth.LoginToken(tl_codec.moment(token.expires), token.token)
    del call.logins.tokens[token.token]
    call.logins.admit(call.session, token.account_id)
    return types.auth.LoginTokenSuccess(authorization(call))


def accept_login_token(call: Call) -> Any:
    """This logged-in client scanned another's QR code."""
    session = call.logins.accept_token(call.user_id, call.request.token)
    return session_form(session, call.session)


METHODS = {
    functions.auth.ExportLoginTokenRequest: export_login_token,
    functions.auth.ImportLoginTokenRequest: import_login_token,
    functions.auth.AcceptLoginTokenRequest: accept_login_token,
}
