"""Votes."""

from __future__ import annotations

from sandbox.world.chats import Chat, Message
from sandbox.world.content_models import Markup, Poll
from sandbox.world.errors import bad_request
from sandbox.world.events import PollChanged
from sandbox.world.refusals import refused
from sandbox.world.topics import Topics


class Polls(Topics):
    """Voting and closing."""

    def vote(
        self, account_id: int, chat: Chat, message_id: int, options: tuple[int, ...]
    ) -> Message:
        """Vote for options by index; none retracts the vote.

        Raises:
            ApiError: 400, no poll there, it is closed, or the options don't fit it.
        """
        message, poll = self._poll(chat, message_id)
        if poll.closed or self.poll_is_over(message):
            raise bad_request("MESSAGE_POLL_CLOSED")
        if any(not 0 <= index < len(poll.options) for index in options):
            raise bad_request("OPTION_INVALID")
        if len(options) > 1 and not poll.multiple:
            raise bad_request("OPTIONS_TOO_MUCH")
        if account_id in poll.voters() and not poll.revoting:
            raise bad_request("REVOTE_NOT_ALLOWED")
        for index, option in enumerate(poll.options):
            if account_id in option.voters:
                option.voters.remove(account_id)
            if index in options:
                option.voters.append(account_id)
        self.tell(
            PollChanged(chat=chat, message=message, poll=poll, voter_id=account_id, options=options)
        )
        return message

    def stop_poll(
        self, actor_id: int, chat: Chat, message_id: int, markup: Markup | None = None
    ) -> Poll:
        """Close a poll one has sent. Raises ApiError: 400."""
        message, poll = self._poll(chat, message_id)
        if not message.outgoing(actor_id):
            raise bad_request("poll can't be stopped")
        if poll.closed:
            raise bad_request("poll has already been closed")
        poll.closed = True
        message.markup = markup
        self.tell(PollChanged(chat=chat, message=message, poll=poll))
        return poll

    def poll_ends(self, message: Message) -> float | None:
        """When a poll closes by itself, seconds of the epoch; None for never.

        ``open_period`` and ``close_date``, https://core.telegram.org/bots/api#sendpoll
        """
        poll = message.content.poll
        if poll is None or poll.closed:
            return None
        if poll.open_period is not None:
            return message.date + poll.open_period
        return poll.close_date

    def poll_is_over(self, message: Message) -> bool:
        ends = self.poll_ends(message)
        return ends is not None and ends <= self.now()

    def close_poll(self, chat: Chat, message_id: int) -> None:
        """Close a poll whose time is over, if it is still there and open."""
        message = chat.messages.get(message_id)
        poll = message.content.poll if message is not None else None
        if message is None or poll is None or poll.closed:
            return
        poll.closed = True
        self.tell(PollChanged(chat=chat, message=message, poll=poll))

    def _poll(self, chat: Chat, message_id: int) -> tuple[Message, Poll]:
        message = chat.messages.get(message_id)
        if message is None or message.content.poll is None:
            raise refused("poll_not_found")
        return message, message.content.poll
