"""Forum topics, of supergroups and of private chats with bots that have them on.

https://core.telegram.org/bots/api#createforumtopic
"""

from __future__ import annotations

from sandbox.world.chats import Chat
from sandbox.world.content_models import Service
from sandbox.world.errors import bad_request
from sandbox.world.events import TopicChanged
from sandbox.world.groups import GENERAL_TOPIC, Rooms
from sandbox.world.peers import Bot, Group, Topic

ICON_COLORS = (0x6FB9F0, 0xFFD67E, 0xCB86DB, 0x8EEE98, 0xFF93B2, 0xFB6F5F)


class Topics(Rooms):
    """Topics of a chat."""

    def create_topic(
        self,
        actor_id: int,
        chat: Chat,
        name: str,
        *,
        icon_color: int = ICON_COLORS[0],
        icon_custom_emoji_id: str = "",
    ) -> Topic:
        """Raises ApiError: 400, the chat has no topics, a bad name, no right."""
        self._check(actor_id, chat, "create a topic")
        _check_name(name)
        if icon_color not in ICON_COLORS:
            raise bad_request("TOPIC_ICON_COLOR_INVALID")
        service = Service(kind="forum_topic_created", text=name, number=icon_color)
        message = self.announce(actor_id, chat, service)
        topic = Topic(
            id=message.id,
            name=name,
            icon_color=icon_color,
            icon_custom_emoji_id=icon_custom_emoji_id,
        )
        message.topic = topic.id
        chat.topics[topic.id] = topic
        self.tell(TopicChanged(chat=chat, topic_id=topic.id))
        return topic

    def edit_topic(
        self,
        actor_id: int,
        chat: Chat,
        topic_id: int,
        *,
        name: str | None = None,
        icon_custom_emoji_id: str | None = None,
    ) -> None:
        topic = self._topic_to_change(actor_id, chat, topic_id, "edit the topic")
        if name:
            _check_name(name)
        if (name or topic.name) == topic.name and icon_custom_emoji_id in (
            None,
            topic.icon_custom_emoji_id,
        ):
            raise bad_request("TOPIC_NOT_MODIFIED")
        topic.name = name or topic.name
        if icon_custom_emoji_id is not None:
            topic.icon_custom_emoji_id = icon_custom_emoji_id
        self._announce_topic(actor_id, chat, topic, "forum_topic_edited", topic.name)

    def close_topic(self, actor_id: int, chat: Chat, topic_id: int, *, closed: bool) -> None:
        topic = self._topic_to_change(actor_id, chat, topic_id)
        if topic.closed == closed:
            raise bad_request("TOPIC_NOT_MODIFIED")
        topic.closed = closed
        topic.hidden = topic.hidden and closed
        kind = "forum_topic_closed" if closed else "forum_topic_reopened"
        self._announce_topic(actor_id, chat, topic, kind)

    def hide_general(self, actor_id: int, chat: Chat, *, hidden: bool) -> None:
        """Hiding closes General too, showing it again does not open it.

        https://core.telegram.org/bots/api#hidegeneralforumtopic
        """
        topic = self._topic_to_change(actor_id, chat, GENERAL_TOPIC)
        if topic.hidden == hidden:
            raise bad_request("TOPIC_NOT_MODIFIED")
        topic.hidden = hidden
        topic.closed = topic.closed or hidden
        kind = "general_forum_topic_hidden" if hidden else "general_forum_topic_unhidden"
        self._announce_topic(actor_id, chat, topic, kind)

    def delete_topic(self, actor_id: int, chat: Chat, topic_id: int) -> None:
        """Delete a topic with all its messages."""
        if topic_id == GENERAL_TOPIC:
            raise bad_request("TOPIC_ID_INVALID")
        self._topic_to_change(actor_id, chat, topic_id, "delete the topic")
        gone = [message.id for message in chat.messages.values() if message.topic == topic_id]
        del chat.topics[topic_id]
        self.forget(chat, gone)
        self.tell(TopicChanged(chat=chat, topic_id=topic_id))

    def _topic_to_change(
        self, actor_id: int, chat: Chat, topic_id: int, what: str = "close or open the topic"
    ) -> Topic:
        self._check(actor_id, chat, what)
        topic = chat.topics.get(topic_id)
        if topic is None:
            raise bad_request("TOPIC_ID_INVALID")
        return topic

    def _announce_topic(
        self, actor_id: int, chat: Chat, topic: Topic, kind: str, text: str = ""
    ) -> None:
        where = None if topic.id == GENERAL_TOPIC else topic.id
        self.announce(actor_id, chat, Service(kind=kind, text=text), topic=where)
        self.tell(TopicChanged(chat=chat, topic_id=topic.id))

    def _check(self, actor_id: int, chat: Chat, what: str) -> None:
        room = self.room_of(chat)
        if room is None:
            bot = next(
                (self.state.bots[one] for one in chat.pair or () if one in self.state.bots), None
            )
            if not isinstance(bot, Bot) or not bot.topics_enabled:
                raise bad_request("the chat is not a forum")
            return
        if not isinstance(room, Group) or not room.forum:
            raise bad_request("the chat is not a forum")
        if not room.member(actor_id).may("can_manage_topics"):
            raise bad_request(f"not enough rights to {what}")


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > 128:
        raise bad_request("name must be non-empty")
