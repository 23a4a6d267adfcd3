"""A world in which every method of the Bot API can succeed, and a call of each."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiogram import types as t

from sandbox.seed_images import landscape
from sandbox.world import ADMIN_RIGHTS, Account, Channel, Content, Group, Message
from sandbox.world.business_models import BusinessConnection
from sandbox.world.chats import room_key
from sandbox.world.peers import Game
from sandbox.world.queries import Query
from tests.integration.sandbox_botapi.bot_stage import BotStage

PICTURE = landscape("sea")[0]
NEXT_YEAR = 366 * 24 * 3600


def picture() -> t.BufferedInputFile:
    return t.BufferedInputFile(PICTURE, "sea.png")


def some_file(name: str = "a.txt") -> t.BufferedInputFile:
    return t.BufferedInputFile(b"some bytes", name)


@dataclass(slots=True, kw_only=True)
class MethodStage:
    """What the calls below need. The bot is an admin everywhere, and rich."""

    stage: BotStage
    other: Account
    """Somebody the person talks with."""
    group: Group
    """A forum."""
    channel: Channel
    direct: Group
    """The channel's direct messages."""
    connection: BusinessConnection
    forwarded: dict[str, Message]

    @property
    def bot(self) -> Any:
        return self.stage.aiogram

    @property
    def person(self) -> int:
        return self.stage.person.id

    async def text(self, chat_id: int | None = None, **more: Any) -> Any:
        return await self.bot.send_message(chat_id or self.person, "words", **more)

    async def photo(self) -> Any:
        return await self.bot.send_photo(self.person, picture())

    def ask(self, kind: str, **asked: Any) -> Query:
        world = self.stage.world
        return world.queries.ask(kind, self.stage.bot.id, self.person, asked, seconds=60)

    async def topic(self) -> int:
        made = await self.bot.create_forum_topic(self.group.id, "Plans")
        return int(made.message_thread_id)

    async def sticker_set(self, kind: str = "regular") -> tuple[str, str]:
        """A new set's name and its first sticker."""
        name = f"set{self.stage.world.serial()}_by_{self.stage.bot.username}"
        stickers = [sticker(), sticker()]
        await self.bot.create_new_sticker_set(self.person, name, "Set", stickers, sticker_type=kind)
        made = await self.bot.get_sticker_set(name)
        return name, made.stickers[0].file_id

    def join_request(self) -> int:
        world = self.stage.world
        newcomer = world.add_account(first_name="New")
        world.invites.request(newcomer.id, self.group, None)
        return newcomer.id

    async def join_query(self) -> str:
        self.stage.bot.join_queries = True
        self.join_request()
        update = (await self.stage.updates())[-1]
        return str(update.chat_join_request.query_id)

    def gift(self) -> str:
        """One of the person's gifts that can be upgraded."""
        return self.stage.world.gifts.add(self.person, "5170521118301225164").id

    def story(self) -> int:
        return self.stage.world.business.post_story(
            self.other.id,
            "photo",
            self.stage.world.files.put(PICTURE, "s.png").unique_id,
            86_400,
            "",
        ).id

    async def own_story(self) -> int:
        posted = await self.bot.post_story(self.connection.id, story_photo(), 86_400)
        return int(posted.id)

    async def live(self) -> Any:
        return await self.bot.send_location(self.person, 1.0, 2.0, live_period=600)

    async def game(self) -> Any:
        return await self.bot.send_game(self.person, "chess")

    def suggested(self) -> int:
        world = self.stage.world
        chat = world.state.chats[room_key(self.direct.id)]
        info = {"suggested_post_info": {"state": "pending"}}
        return world.send(self.person, chat, Content(text="post this"), extra=info).id

    async def ephemeral(self, **more: Any) -> int:
        sent = await self.bot.send_photo(
            self.group.id, picture(), receiver_user_id=self.person, **more
        )
        return int(sent.ephemeral_message_id)

    async def paid(self, *, period: int = 0) -> str:
        """Has the person pay an invoice; the payment's id."""
        world = self.stage.world
        transaction = world.payments.record(
            self.stage.bot.id, self.person, 5, "invoice_payment", payload="p", period=period
        )
        return transaction.id


def sticker() -> t.InputSticker:
    return t.InputSticker(sticker=picture(), format="static", emoji_list=["😀"])


def story_photo() -> t.InputStoryContentPhoto:
    """aiogram types the photo as text, though it has to be uploaded."""
    uploaded: dict[str, Any] = {"type": "photo", "photo": picture()}
    return t.InputStoryContentPhoto.model_construct(**uploaded)


def article() -> t.InlineQueryResultArticle:
    words = t.InputTextMessageContent(message_text="chosen")
    return t.InlineQueryResultArticle(id="1", title="One", input_message_content=words)


def checklist() -> t.InputChecklist:
    return t.InputChecklist(title="To do", tasks=[t.InputChecklistTask(id=1, text="this")])


def prepare(stage: BotStage) -> MethodStage:
    world, bot, person = stage.world, stage.bot, stage.person
    bot.inline = bot.business = bot.verifier = bot.can_manage_bots = True
    bot.games["chess"] = Game(title="Chess", description="For two")
    world.payments.set_balance(bot.id, 100_000)
    person.status_bots.append(bot.id)
    other = world.add_account(first_name="Bob")
    world.start(other.id, bot.id)
    group = world.add_group(person.id, "Group", forum=True)
    channel = world.add_channel(person.id, "Channel", "channel_here")
    direct = world.add_group(person.id, "Channel")
    direct.direct_messages_of = channel.id
    person.personal_channel = channel.id
    for room in (group, channel, direct):
        world.join(bot.id, room.id, by=person.id)
        world.promote(person.id, room.id, bot.id, ADMIN_RIGHTS)
    world.join(other.id, group.id, by=person.id)
    connection = world.business.connect(person.id, bot.id)
    said = world.send(other.id, world.private_chat(other.id, person.id), Content(text="hi"))
    return MethodStage(
        stage=stage,
        other=other,
        group=group,
        channel=channel,
        direct=direct,
        connection=connection,
        forwarded={"other": said},
    )


Call = Callable[[MethodStage], Awaitable[Any]]


def managed(s: MethodStage) -> int:
    world = s.stage.world
    name = f"m{world.serial()}_bot"
    return world.create_managed_bot(s.person, s.stage.bot.id, name="Managed", username=name).id


async def edit_text(s: MethodStage) -> Any:
    sent = await s.text()
    return await s.bot.edit_message_text("new", chat_id=s.person, message_id=sent.message_id)


async def edit_caption(s: MethodStage) -> Any:
    sent = await s.photo()
    return await s.bot.edit_message_caption(
        chat_id=s.person, message_id=sent.message_id, caption="new"
    )


async def edit_media(s: MethodStage) -> Any:
    sent = await s.photo()
    media = t.InputMediaDocument(media=some_file())
    return await s.bot.edit_message_media(media, chat_id=s.person, message_id=sent.message_id)


async def edit_markup(s: MethodStage) -> Any:
    sent = await s.text()
    button = t.InlineKeyboardButton(text="Go", callback_data="go")
    return await s.bot.edit_message_reply_markup(
        chat_id=s.person,
        message_id=sent.message_id,
        reply_markup=t.InlineKeyboardMarkup(inline_keyboard=[[button]]),
    )


async def edit_checklist(s: MethodStage) -> Any:
    sent = await s.bot.send_checklist(s.connection.id, s.other.id, checklist())
    changed = t.InputChecklist(title="Done", tasks=[t.InputChecklistTask(id=1, text="that")])
    return await s.bot.edit_message_checklist(s.connection.id, s.other.id, sent.message_id, changed)


async def answer_callback(s: MethodStage) -> Any:
    button = t.InlineKeyboardButton(text="Go", callback_data="go")
    markup = t.InlineKeyboardMarkup(inline_keyboard=[[button]])
    sent = await s.text(reply_markup=markup)
    tap = s.stage.world.press(s.person, s.stage.chat, sent.message_id, text="Go")
    return await s.bot.answer_callback_query(tap.id)


async def stop_poll(s: MethodStage) -> Any:
    sent = await s.bot.send_poll(s.person, "?", ["a", "b"])
    return await s.bot.stop_poll(s.person, sent.message_id)


async def reacted(s: MethodStage) -> int:
    chat = s.stage.world.state.chats[room_key(s.group.id)]
    said = s.stage.world.send(s.person, chat, Content(text="like this"))
    s.stage.world.react(s.person, chat, said.id, ("👍",))
    return said.id


async def link(s: MethodStage) -> str:
    return str((await s.bot.create_chat_invite_link(s.group.id, name="Ours")).invite_link)


async def subscription_link(s: MethodStage) -> str:
    made = await s.bot.create_chat_subscription_invite_link(s.channel.id, 30 * 24 * 3600, 5)
    return str(made.invite_link)


async def transfer_gift(s: MethodStage) -> Any:
    gift = s.gift()
    await s.bot.upgrade_gift(s.connection.id, gift, star_count=25)
    return await s.bot.transfer_gift(s.connection.id, gift, s.other.id, star_count=25)


async def delete_photo(s: MethodStage) -> Any:
    await s.bot.set_chat_photo(s.group.id, picture())
    return await s.bot.delete_chat_photo(s.group.id)


async def reopen(s: MethodStage) -> Any:
    topic = await s.topic()
    await s.bot.close_forum_topic(s.group.id, topic)
    return await s.bot.reopen_forum_topic(s.group.id, topic)


async def reopen_general(s: MethodStage) -> Any:
    await s.bot.close_general_forum_topic(s.group.id)
    return await s.bot.reopen_general_forum_topic(s.group.id)


async def unhide_general(s: MethodStage) -> Any:
    await s.bot.hide_general_forum_topic(s.group.id)
    return await s.bot.unhide_general_forum_topic(s.group.id)


async def unpin(s: MethodStage) -> Any:
    sent = await s.text()
    await s.bot.pin_chat_message(s.person, sent.message_id)
    return await s.bot.unpin_chat_message(s.person, message_id=sent.message_id)


async def scores(s: MethodStage) -> Any:
    sent = await s.game()
    await s.bot.set_game_score(s.person, 7, chat_id=s.person, message_id=sent.message_id)
    return await s.bot.get_game_high_scores(s.person, chat_id=s.person, message_id=sent.message_id)


async def promoted(s: MethodStage) -> int:
    await s.bot.promote_chat_member(s.group.id, s.other.id, can_delete_messages=True)
    return s.other.id


async def group_sticker_set(s: MethodStage) -> Any:
    name, _ = await s.sticker_set()
    return await s.bot.set_chat_sticker_set(s.group.id, name)


async def get_file(s: MethodStage) -> Any:
    sent = await s.bot.send_document(s.person, some_file())
    return await s.bot.get_file(sent.document.file_id)


async def mask(s: MethodStage) -> Any:
    _, one = await s.sticker_set("mask")
    place = t.MaskPosition(point="eyes", x_shift=0.0, y_shift=0.0, scale=1.0)
    return await s.bot.set_sticker_mask_position(one, mask_position=place)


async def emoji_thumbnail(s: MethodStage) -> Any:
    name, _ = await s.sticker_set("custom_emoji")
    made = await s.bot.get_sticker_set(name)
    emoji = made.stickers[0].custom_emoji_id
    return await s.bot.set_custom_emoji_sticker_set_thumbnail(name, custom_emoji_id=emoji)


async def emojis(s: MethodStage) -> Any:
    name, _ = await s.sticker_set("custom_emoji")
    made = await s.bot.get_sticker_set(name)
    return await s.bot.get_custom_emoji_stickers([made.stickers[0].custom_emoji_id])


async def business_text(s: MethodStage) -> int:
    sent = await s.bot.send_message(s.other.id, "hi", business_connection_id=s.connection.id)
    return int(sent.message_id)


PRICES = [t.LabeledPrice(label="It", amount=5)]
HASH = base64.b64encode(bytes(32)).decode()
PASSPORT = t.PassportElementErrorDataField(
    type="passport", field_name="name", data_hash=HASH, message="wrong"
)
RIGHTS = t.ChatAdministratorRights(
    is_anonymous=False,
    can_manage_chat=True,
    can_delete_messages=True,
    can_manage_video_chats=True,
    can_restrict_members=True,
    can_promote_members=True,
    can_change_info=True,
    can_invite_users=True,
    can_post_stories=True,
    can_edit_stories=True,
    can_delete_stories=True,
    can_send_welcome_messages=True,
)
GIFT_TYPES = t.AcceptedGiftTypes(
    unlimited_gifts=True,
    limited_gifts=True,
    unique_gifts=True,
    premium_subscription=True,
    gifts_from_channels=True,
)


def profile_photo() -> t.InputProfilePhotoStatic:
    return t.InputProfilePhotoStatic(photo=picture())
