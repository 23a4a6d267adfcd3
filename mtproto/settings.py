"""Settings of mtproto/, passed by the composition root."""

from __future__ import annotations

from dataclasses import dataclass, field

from mtproto.client.server_address import ApiCredentials, ServerAddress
from mtproto.login.steps import LoginMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class MtprotoSettings:
    """Times are in seconds."""

    server: ServerAddress | None = None
    """None: Telegram's own."""
    api: ApiCredentials | None = None
    """The platform's API credentials; a person may use their own."""
    methods: tuple[LoginMethod, ...] = field(default=(LoginMethod.QR, LoginMethod.PHONE))
    login_ttl: float = 600.0
    """An unfinished login is cancelled this long after its person's last action."""
    pool_size: int = 100
    """Accounts connected at the same time; the least recently used is closed first."""
    idle_after: float = 300.0
    """A connection that is not borrowed is closed after this."""
    borrow_timeout: float = 30.0
    """How long a borrower waits when all connections of the pool are in use."""
    check_every: float = 600.0
    """Interval between checks of an account that is not borrowed."""
    checks_a_sweep: int = 20
    """Accounts checked in one sweep; the others are checked in later sweeps."""
    confirm_after: float = 2.0
    """The pause before the second check whether a session has ended."""
    log_out_timeout: float = 15.0
    """How long an erasure waits for Telegram to confirm the end of a session."""
    sweep_every: float = 5.0
