"""People and bots: creation, tokens, changes, deletion."""

from __future__ import annotations

import re
import secrets

from sandbox.world.errors import bad_request
from sandbox.world.events import (
    ManagedBotChanged,
    MemberChanged,
    PeerAdded,
    ProfileChanged,
    TokenRevoked,
)
from sandbox.world.lookups import Core
from sandbox.world.peers import BOTFATHER, SERVICE_ACCOUNT, Account, Bot, Member, User

MAX_BOTS = 20
"""Bots a person may own. https://core.telegram.org/bots/features#botfather"""
_USERNAME = re.compile(r"[A-Za-z](?:[A-Za-z0-9]|_(?!_)){3,30}[A-Za-z0-9]")
_BOT_USERNAME = re.compile(r"(?i)[a-z][a-z0-9_]{1,28}bot")


class Roster(Core):
    """Accounts and bots."""

    def found(self) -> None:
        """Create the built-in accounts of every world: Telegram itself and BotFather."""
        self.state.accounts[SERVICE_ACCOUNT] = Account(
            id=SERVICE_ACCOUNT, first_name="Telegram", phone="+42777"
        )
        self.state.bots[BOTFATHER] = Bot(
            id=BOTFATHER, name="BotFather", username="BotFather", owner_id=SERVICE_ACCOUNT, token=""
        )
        self._usernames["botfather"] = BOTFATHER

    def add_account(
        self,
        *,
        first_name: str,
        last_name: str = "",
        phone: str | None = None,
        username: str | None = None,
        language_code: str = "en",
        password: str | None = None,
        account_id: int | None = None,
    ) -> Account:
        """Add a person; without a phone number they get one.

        Raises:
            ApiError: 400, the phone number, id or username is taken or malformed.
        """
        if account_id is None:
            account_id = self.state.next_account
            self.state.next_account += 1
        elif account_id in self.state.accounts or account_id in self.state.bots:
            raise bad_request("USER_ID_OCCUPIED")
        digits = re.sub(r"\D", "", phone or f"99966{account_id % 10**7:07}")
        if any(other.phone == f"+{digits}" for other in self.state.accounts.values()):
            raise bad_request("PHONE_NUMBER_OCCUPIED")
        account = Account(
            id=account_id,
            first_name=first_name,
            last_name=last_name,
            phone=f"+{digits}",
            language_code=language_code,
        )
        if username:
            self.check_username(username, _USERNAME)
            account.username = username.lstrip("@")
            self._usernames[account.username.lower()] = account_id
        self.state.accounts[account_id] = account
        if password:
            self.logins.set_password(account_id, password)
        self.tell(PeerAdded(peer_id=account_id))
        return account

    def check_username(self, username: str, shape: re.Pattern[str] = _USERNAME) -> None:
        """Raises ApiError: 400 USERNAME_INVALID or USERNAME_OCCUPIED."""
        plain = username.lstrip("@")
        if not shape.fullmatch(plain):
            raise bad_request("USERNAME_INVALID")
        if self.username_taken(plain):
            raise bad_request("USERNAME_OCCUPIED")

    def add_bot(
        self,
        *,
        owner_id: int,
        name: str,
        username: str,
        manager_id: int | None = None,
        can_manage_bots: bool = False,
        secret: str = "",
    ) -> Bot:
        """Make a bot with a fresh token; ``secret`` fixes the part after the colon.

        Raises:
            ApiError: 400, an invalid or taken username, an empty name, too many bots.
        """
        self.account(owner_id)
        if not name.strip() or len(name) > 64:
            raise bad_request("BOT_NAME_INVALID")
        self.check_username(username, _BOT_USERNAME)
        owned = [bot for bot in self.state.bots.values() if bot.owner_id == owner_id]
        if len([bot for bot in owned if not bot.deleted]) >= MAX_BOTS:
            raise bad_request("BOT_CREATE_LIMIT_EXCEEDED")
        bot_id = self.state.next_bot
        self.state.next_bot += 1
        bot = Bot(
            id=bot_id,
            name=name.strip(),
            username=username.lstrip("@"),
            owner_id=owner_id,
            token=f"{bot_id}:{secret}" if secret else _new_token(bot_id),
            manager_id=manager_id,
            can_manage_bots=can_manage_bots,
        )
        self.state.bots[bot_id] = bot
        self._usernames[bot.username.lower()] = bot_id
        self._tokens[bot.token] = bot_id
        self.tell(PeerAdded(peer_id=bot_id))
        return bot

    def bots_of(self, owner_id: int) -> list[Bot]:
        """A person's bots, the oldest first."""
        bots = self.state.bots.values()
        return [bot for bot in bots if bot.owner_id == owner_id and bot.token and not bot.deleted]

    def revoke_token(self, bot_id: int) -> str:
        """Give a bot a new token; the old one becomes invalid."""
        bot = self.bot(bot_id)
        self._tokens.pop(bot.token, None)
        bot.token = _new_token(bot_id)
        self._tokens[bot.token] = bot_id
        self.tell(TokenRevoked(bot_id=bot_id))
        if bot.manager_id is not None:
            self.tell(
                ManagedBotChanged(manager_id=bot.manager_id, owner_id=bot.owner_id, bot_id=bot_id)
            )
        return bot.token

    def delete_bot(self, bot_id: int) -> None:
        """Delete a bot, as BotFather's /deletebot does. Its username is free again."""
        bot = self.bot(bot_id)
        bot.deleted = True
        self._tokens.pop(bot.token, None)
        self._usernames.pop(bot.username.lower(), None)
        self.tell(TokenRevoked(bot_id=bot_id))

    def transfer_bot(self, bot_id: int, new_owner_id: int) -> None:
        """Transfer a bot to another person; its manager gets an event."""
        bot = self.bot(bot_id)
        bot.owner_id = self.account(new_owner_id).id
        if bot.manager_id is not None:
            self.tell(
                ManagedBotChanged(manager_id=bot.manager_id, owner_id=new_owner_id, bot_id=bot_id)
            )

    def set_username(self, user: User, username: str) -> None:
        """Another @username, or none for a person; the old one is free again.

        Raises:
            ApiError: 400 USERNAME_INVALID, USERNAME_OCCUPIED.
        """
        plain = username.lstrip("@")
        if plain.lower() != user.username.lower():
            if plain or isinstance(user, Bot):
                self.check_username(plain, _BOT_USERNAME if isinstance(user, Bot) else _USERNAME)
            self._usernames.pop(user.username.lower(), None)
        user.username = plain
        if plain:
            self._usernames[plain.lower()] = user.id

    def profile_changed(self, peer_id: int) -> None:
        """Publish that a name, picture or setting of a peer has changed."""
        self.tell(ProfileChanged(peer_id=peer_id))

    def deactivate(self, account_id: int) -> None:
        """A person deletes their account: the name is gone, sessions end, bots get 403."""
        account = self.account(account_id)
        account.deleted = True
        self._usernames.pop(account.username.lower(), None)
        account.username = account.last_name = account.bio = ""
        for session in self.logins.sessions(account_id):
            self.logins.revoke(account_id, session.hash)
        self.profile_changed(account_id)

    def block(self, account_id: int, bot_id: int) -> None:
        """The person stops a bot, or another person; a bot gets ``my_chat_member``."""
        self._set_blocked(account_id, bot_id, True)

    def unblock(self, account_id: int, bot_id: int) -> None:
        self._set_blocked(account_id, bot_id, False)

    def _set_blocked(self, account_id: int, other_id: int, blocked: bool) -> None:
        account = self.account(account_id)
        other = self.user(other_id)
        if (other_id in account.blocked) == blocked:
            return
        (account.blocked.add if blocked else account.blocked.discard)(other_id)
        before, after = ("member", "kicked") if blocked else ("kicked", "member")
        self.tell(
            MemberChanged(
                chat=self.chat(account_id, other.id),
                actor_id=account_id,
                user_id=other_id,
                old=Member(user_id=other_id, status=before),
                new=Member(user_id=other_id, status=after),
            )
        )


def _new_token(bot_id: int) -> str:
    return f"{bot_id}:AA{secrets.token_urlsafe(25)[:33]}"
