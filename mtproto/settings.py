"""What mtproto/ is told by the composition root, with the values experience chose."""

from __future__ import annotations

from dataclasses import dataclass, field

from mtproto.client.server_address import ApiCredentials, ServerAddress
from mtproto.login.steps import LoginMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class MtprotoSettings:
    """Times are seconds."""

    server: ServerAddress | None = None
    """None: Telegram's own."""
    api: ApiCredentials | None = None
    """The platform's application; a person may bring their own."""
    methods: tuple[LoginMethod, ...] = field(default=(LoginMethod.QR, LoginMethod.PHONE))
    login_ttl: float = 600.0
    """An unfinished login is cancelled so long after its person's last act."""
    pool_size: int = 100
    """Accounts connected at the same time; the least recently used makes room."""
    idle_after: float = 300.0
    """A connection nobody borrows is closed after this."""
    borrow_timeout: float = 30.0
    """How long a borrower waits for room in a pool where all are in use."""
    check_every: float = 600.0
    """An account nobody borrows is looked at so often, to see whether it still lives."""
    checks_a_sweep: int = 20
    """So many accounts are looked at in one sweep; of more, each waits for its turn."""
    confirm_after: float = 2.0
    """The pause before Telegram is asked once more whether a session is over."""
    log_out_timeout: float = 15.0
    """How long an erasure waits for Telegram to confirm the end of a session."""
    sweep_every: float = 5.0
