"""account.*: two-step verification and the list of sessions."""

from __future__ import annotations

import os
from typing import Any

from telethon.tl import functions, types

from sandbox.mtproto.errors import RpcRefusal
from sandbox.mtproto.request import Call
from sandbox.mtproto.serializers.sessions import session_form
from sandbox.mtproto.srp import number
from sandbox.world.logins import Password
from sandbox.world.two_step_password import GENERATOR, PRIME, PRIME_BYTES

SESSION_LIVES_DAYS = 180

Algorithm = types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow


def get_password(call: Call) -> Any:
    """What a client needs to prove that it knows the password, or to set a new one.

    https://core.telegram.org/api/srp
    """
    account_id = call.session.account_id
    if account_id is None:
        raise RpcRefusal(401, "AUTH_KEY_UNREGISTERED")
    password = call.logins.passwords.get(account_id)
    fresh = {
        "new_algo": Algorithm(os.urandom(8), os.urandom(16), GENERATOR, PRIME_BYTES),
        "new_secure_algo": types.SecurePasswordKdfAlgoPBKDF2HMACSHA512iter100000(os.urandom(8)),
        "secure_random": os.urandom(256),
    }
    if password is None:
        return types.account.Password(**fresh)
    challenge = call.server.challenges.ask(password)
    return types.account.Password(
        **fresh,
        has_password=True,
        current_algo=Algorithm(password.salt1, password.salt2, GENERATOR, PRIME_BYTES),
        srp_B=number(challenge.public),
        srp_id=challenge.id,
        hint=password.hint or None,
    )


def update_password_settings(call: Call) -> Any:
    """Set, change or remove the password; the current one has to be proven."""
    account_id = call.user_id
    present = call.logins.passwords.get(account_id)
    if present is not None:
        wrong = call.server.challenges.check(call.request.password, present)
        if wrong is not None:
            raise RpcRefusal(400, wrong)
    new = _new_password(call.request.new_settings)
    call.logins.keep_password(account_id, new)
    return True


def _new_password(settings: Any) -> Password | None:
    algorithm = settings.new_algo
    if not isinstance(algorithm, Algorithm) or not settings.new_password_hash:
        return None
    verifier = settings.new_password_hash
    if algorithm.p != PRIME_BYTES or not 1 < int.from_bytes(verifier, "big") < PRIME:
        raise RpcRefusal(400, "NEW_SETTINGS_INVALID")
    return Password(
        salt1=algorithm.salt1,
        salt2=algorithm.salt2,
        verifier=verifier,
        hint=settings.hint or "",
    )


def get_authorizations(call: Call) -> Any:
    sessions = call.logins.sessions(call.user_id)
    forms = [session_form(session, call.session) for session in sessions]
    return types.account.Authorizations(SESSION_LIVES_DAYS, forms)


def reset_authorization(call: Call) -> Any:
    """End another session, as "Terminate session" does."""
    call.logins.revoke(call.user_id, call.request.hash)
    return True


def update_status(call: Call) -> Any:
    assert call.user_id
    return True


METHODS = {
    functions.account.GetPasswordRequest: get_password,
    functions.account.UpdatePasswordSettingsRequest: update_password_settings,
    functions.account.GetAuthorizationsRequest: get_authorizations,
    functions.account.ResetAuthorizationRequest: reset_authorization,
    functions.account.UpdateStatusRequest: update_status,
}
