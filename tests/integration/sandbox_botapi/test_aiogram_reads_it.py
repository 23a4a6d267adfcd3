"""Everything the sandbox says is read by aiogram's own models."""

from __future__ import annotations

import pytest
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    KeyboardButton,
    KeyboardButtonRequestManagedBot,
    MenuButtonCommands,
    ReactionTypeEmoji,
    ReplyKeyboardMarkup,
    ReplyParameters,
)

from sandbox.world import Content, Poll, PollOption
from tests.integration.sandbox_botapi.bot_stage import BotStage

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x02\x00\x00\x00\x03\x08\x02\x00\x00\x00"
    b"\x12\x16\xf1M\x00\x00\x00\x0eIDATx\x9cc`\x80\x03\x00\x00\x0f\x00\x01S\x99\x1f\xa3"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)
KEYBOARD = InlineKeyboardMarkup(
    inline_keyboard=[[InlineKeyboardButton(text="Go", callback_data="go", style="success")]]
)


async def test_a_bot_knows_itself(stage: BotStage) -> None:
    me = await stage.aiogram.get_me()
    assert (me.id, me.username, me.can_manage_bots) == (stage.bot.id, "echo_bot", False)


async def test_a_message_comes_and_is_answered(stage: BotStage) -> None:
    stage.world.send(stage.person.id, stage.chat, Content(text="hello @echo_bot"))
    start, hello = await stage.updates()
    assert start.message.text == "/start"
    assert start.message.entities[0].type == "bot_command"
    assert (hello.message.from_user.full_name, hello.message.chat.type) == ("Ada L", "private")
    sent = await stage.aiogram.send_message(
        stage.person.id,
        "<b>Hi</b> 😀 <a href='https://example.com'>there</a>",
        parse_mode="HTML",
        reply_markup=KEYBOARD,
        reply_parameters=ReplyParameters(message_id=hello.message.message_id),
    )
    assert sent.reply_to_message.text == "hello @echo_bot"
    assert [(one.type, one.offset, one.length) for one in sent.entities] == [
        ("bold", 0, 2),
        ("text_link", 6, 5),
    ]
    assert sent.reply_markup.inline_keyboard[0][0].style == "success"
    assert await stage.updates() == []


async def test_a_tap_is_answered(stage: BotStage) -> None:
    sent = await stage.aiogram.send_message(stage.person.id, "?", reply_markup=KEYBOARD)
    await stage.updates()
    tap = stage.world.press(stage.person.id, stage.chat, sent.message_id, text="Go")
    (update,) = await stage.updates()
    assert (update.callback_query.data, update.callback_query.message.text) == ("go", "?")
    assert await update.callback_query.answer("done", show_alert=True).as_(stage.aiogram)
    assert (tap.answered.result().text, tap.answered.result().alert) == ("done", True)
    with pytest.raises(TelegramBadRequest, match="query is too old and response timeout expired"):
        await stage.aiogram.answer_callback_query("1")


async def test_edits_and_deletions(stage: BotStage) -> None:
    sent = await stage.aiogram.send_message(stage.person.id, "one", reply_markup=KEYBOARD)
    edited = await stage.aiogram.edit_message_text(
        "two", chat_id=stage.person.id, message_id=sent.message_id
    )
    assert (edited.text, edited.reply_markup) == ("two", None)
    with pytest.raises(TelegramBadRequest, match="message is not modified: specified new"):
        await stage.aiogram.edit_message_text(
            "two", chat_id=stage.person.id, message_id=sent.message_id
        )
    assert await stage.aiogram.delete_message(stage.person.id, sent.message_id)
    with pytest.raises(TelegramBadRequest, match="message to delete not found"):
        await stage.aiogram.delete_message(stage.person.id, sent.message_id)
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await stage.aiogram.edit_message_text(
            "x", chat_id=stage.person.id, message_id=sent.message_id
        )


async def test_a_person_edits(stage: BotStage) -> None:
    said = stage.world.send(stage.person.id, stage.chat, Content(text="helo"))
    stage.world.edit(stage.person.id, stage.chat, said.id, content=Content(text="hello"))
    update = (await stage.updates())[-1]
    assert update.edited_message.text == "hello"
    assert update.edited_message.edit_date


async def test_files_of_every_kind(stage: BotStage) -> None:
    bot, to = stage.aiogram, stage.person.id
    file = BufferedInputFile(b"hello", "hello.txt")
    photo = await bot.send_photo(
        to, BufferedInputFile(PNG, "a.png"), caption="*x*", parse_mode="MarkdownV2"
    )
    assert (photo.photo[-1].width, photo.photo[-1].height, photo.caption) == (2, 3, "x")
    document = await bot.send_document(to, file)
    assert document.document.file_name == "hello.txt"
    again = await bot.send_document(to, document.document.file_id)
    assert again.document.file_unique_id == document.document.file_unique_id
    assert (await bot.send_video(to, file, duration=3)).video.duration == 3
    assert (await bot.send_audio(to, file, title="T")).audio.title == "T"
    assert (await bot.send_voice(to, file)).voice
    assert (await bot.send_animation(to, file)).animation
    assert (await bot.send_sticker(to, file)).sticker
    assert (await bot.send_video_note(to, file, length=9)).video_note.length == 9
    assert (await bot.send_contact(to, "+1", "A")).contact.phone_number == "+1"
    assert (await bot.send_location(to, 1.5, 2.5)).location.latitude == 1.5
    assert (await bot.send_venue(to, 1.5, 2.5, "T", "A")).venue.title == "T"
    assert 1 <= (await bot.send_dice(to)).dice.value <= 6
    assert (await bot.send_poll(to, "?", ["a", "b"])).poll.options[1].text == "b"
    info = await bot.get_file(document.document.file_id)
    assert (await bot.download_file(info.file_path)).read() == b"hello"


async def test_albums(stage: BotStage) -> None:
    photos = [
        InputMediaPhoto(media=BufferedInputFile(PNG + bytes([n]), f"{n}.png")) for n in (1, 2)
    ]
    album = await stage.aiogram.send_media_group(stage.person.id, photos)
    assert album[0].media_group_id == album[1].media_group_id
    copies = await stage.aiogram.copy_messages(
        stage.person.id, stage.person.id, [one.message_id for one in album]
    )
    assert len(copies) == 2
    changed = await stage.aiogram.edit_message_media(
        InputMediaDocument(media=BufferedInputFile(b"d", "d.txt"), caption="now"),
        chat_id=stage.person.id,
        message_id=album[0].message_id,
    )
    assert (changed.document.file_name, changed.caption) == ("d.txt", "now")


async def test_a_file_id_is_good_for_one_bot(stage: BotStage) -> None:
    document = await stage.aiogram.send_document(stage.person.id, BufferedInputFile(b"x", "x.txt"))
    other = stage.world.add_bot(owner_id=stage.person.id, name="B", username="other_bot")
    stage.world.start(stage.person.id, other.id)
    answer = await stage.call(
        "sendDocument", other.token, chat_id=stage.person.id, document=document.document.file_id
    )
    assert answer["description"] == "Bad Request: wrong file identifier/HTTP URL specified"


async def test_forwards_and_copies(stage: BotStage) -> None:
    said = stage.world.send(stage.person.id, stage.chat, Content(text="mine"))
    forwarded = await stage.aiogram.forward_message(stage.person.id, stage.person.id, said.id)
    assert forwarded.forward_origin.sender_user.id == stage.person.id
    copied = await stage.aiogram.copy_message(stage.person.id, stage.person.id, said.id)
    assert stage.chat.messages[copied.message_id].forward is None
    with pytest.raises(TelegramBadRequest, match="message to copy not found"):
        await stage.aiogram.copy_message(stage.person.id, stage.person.id, 999)
    with pytest.raises(TelegramBadRequest, match="message to forward not found"):
        await stage.aiogram.forward_message(stage.person.id, stage.person.id, 999)


async def test_blocking_is_told_and_refuses(stage: BotStage) -> None:
    await stage.updates()
    stage.world.block(stage.person.id, stage.bot.id)
    (update,) = await stage.updates()
    assert update.my_chat_member.new_chat_member.status == "kicked"
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await stage.aiogram.send_message(stage.person.id, "x")
    stage.world.start(stage.person.id, stage.bot.id, "ref_1")
    back, start = await stage.updates()
    assert back.my_chat_member.new_chat_member.status == "member"
    assert start.message.text == "/start ref_1"


async def test_who_cannot_be_written_to(stage: BotStage) -> None:
    stranger = stage.world.add_account(first_name="S")
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await stage.aiogram.send_message(stranger.id, "x")
    group = stage.world.add_group(stage.person.id, "G")
    stage.world.join(stranger.id, group.id)
    stage.world.join(stage.bot.id, group.id)
    with pytest.raises(TelegramForbiddenError, match="bot can't initiate conversation with a user"):
        await stage.aiogram.send_message(stranger.id, "x")
    stage.world.ban(stage.person.id, group.id, stage.bot.id)
    with pytest.raises(TelegramForbiddenError, match="bot was kicked from the supergroup chat"):
        await stage.aiogram.send_message(group.id, "x")


async def test_groups_privacy_and_members(stage: BotStage) -> None:
    group = stage.world.add_group(stage.person.id, "G")
    chat = stage.world.chat(stage.person.id, group.id)
    stage.world.join(stage.bot.id, group.id, by=stage.person.id)
    await stage.updates()
    stage.world.send(stage.person.id, chat, Content(text="not for bots"))
    stage.world.send(stage.person.id, chat, Content(text="/help@echo_bot"))
    assert [one.message.text for one in await stage.updates()] == ["/help@echo_bot"]
    stage.world.promote(stage.person.id, group.id, stage.bot.id)
    assert (await stage.updates())[0].my_chat_member.new_chat_member.can_pin_messages
    admins = await stage.aiogram.get_chat_administrators(group.id)
    assert {one.status for one in admins} == {"creator", "administrator"}
    assert await stage.aiogram.get_chat_member_count(group.id) == 2
    member = await stage.aiogram.get_chat_member(group.id, stage.person.id)
    assert member.status == "creator"
    sent = await stage.aiogram.send_message(group.id, "pin me")
    assert await stage.aiogram.pin_chat_message(group.id, sent.message_id)
    info = await stage.aiogram.get_chat(group.id)
    assert (info.title, info.pinned_message.text) == ("G", "pin me")
    assert await stage.aiogram.unpin_all_chat_messages(group.id)
    assert await stage.aiogram.leave_chat(group.id)


async def test_forum_topics(stage: BotStage) -> None:
    group = stage.world.add_group(stage.person.id, "F", forum=True)
    stage.world.join(stage.bot.id, group.id)
    stage.world.promote(stage.person.id, group.id, stage.bot.id)
    topic = await stage.aiogram.create_forum_topic(group.id, "News")
    sent = await stage.aiogram.send_message(
        group.id, "in it", message_thread_id=topic.message_thread_id
    )
    assert (sent.message_thread_id, sent.is_topic_message) == (topic.message_thread_id, True)
    assert await stage.aiogram.edit_forum_topic(group.id, topic.message_thread_id, name="Old")
    assert await stage.aiogram.close_forum_topic(group.id, topic.message_thread_id)
    assert await stage.aiogram.delete_forum_topic(group.id, topic.message_thread_id)
    with pytest.raises(TelegramBadRequest, match="message thread not found"):
        await stage.aiogram.send_message(group.id, "x", message_thread_id=topic.message_thread_id)


async def test_channel_posts(stage: BotStage) -> None:
    channel = stage.world.add_channel(stage.person.id, "News", "newschannel")
    stage.world.promote(stage.person.id, channel.id, stage.bot.id)
    await stage.updates()
    stage.world.send(
        stage.person.id, stage.world.chat(stage.person.id, channel.id), Content(text="p")
    )
    (update,) = await stage.updates()
    assert (update.channel_post.text, update.channel_post.sender_chat.title) == ("p", "News")
    assert (await stage.aiogram.send_message("@newschannel", "q")).chat.id == channel.id


async def test_reactions_and_votes(stage: BotStage) -> None:
    sent = await stage.aiogram.send_poll(stage.person.id, "?", ["a", "b"], is_anonymous=False)
    await stage.updates(allowed_updates=["message_reaction", "poll", "poll_answer"])
    stage.world.react(stage.person.id, stage.chat, sent.message_id, ("👍",))
    stage.world.vote(stage.person.id, stage.chat, sent.message_id, (1,))
    reaction, poll, answer = await stage.updates()
    assert reaction.message_reaction.new_reaction[0].emoji == "👍"
    assert poll.poll.options[1].voter_count == 1
    assert answer.poll_answer.option_ids == [1]
    assert await stage.aiogram.set_message_reaction(
        stage.person.id, sent.message_id, [ReactionTypeEmoji(emoji="🔥")]
    )
    assert (await stage.aiogram.stop_poll(stage.person.id, sent.message_id)).is_closed


async def test_commands_by_scope_and_language(stage: BotStage) -> None:
    bot = stage.aiogram
    here = BotCommandScopeChat(chat_id=stage.person.id)
    await bot.set_my_commands([BotCommand(command="start", description="Begin")])
    await bot.set_my_commands(
        [BotCommand(command="nachalo", description="x")],
        scope=BotCommandScopeAllPrivateChats(),
        language_code="ru",
    )
    await bot.set_my_commands([BotCommand(command="own", description="x")], scope=here)
    assert [one.command for one in await bot.get_my_commands()] == ["start"]
    assert [one.command for one in await bot.get_my_commands(scope=here)] == ["own"]
    await bot.delete_my_commands(scope=here)
    assert await bot.get_my_commands(scope=here) == []
    with pytest.raises(TelegramBadRequest, match="BOT_COMMAND_INVALID"):
        await bot.set_my_commands([BotCommand(command="Über", description="x")])


async def test_a_bot_describes_itself(stage: BotStage) -> None:
    bot = stage.aiogram
    await bot.set_my_name("Echo 2")
    await bot.set_my_description("Long", language_code="ru")
    await bot.set_my_short_description("Short")
    assert (await bot.get_my_name()).name == "Echo 2"
    assert (await bot.get_my_description(language_code="ru")).description == "Long"
    assert (await bot.get_my_short_description()).short_description == "Short"
    await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
    assert (await bot.get_chat_menu_button()).type == "commands"
    assert not (await bot.get_my_default_administrator_rights()).can_manage_chat
    assert (await bot.get_user_profile_photos(stage.person.id)).total_count == 0
    assert await bot.send_chat_action(stage.person.id, "typing")


async def test_managed_bots(stage: BotStage) -> None:
    stage.bot.can_manage_bots = True
    ask = KeyboardButtonRequestManagedBot(request_id=7, suggested_name="Mine")
    markup = ReplyKeyboardMarkup(
        keyboard=[[KeyboardButton(text="Create", request_managed_bot=ask)]]
    )
    await stage.aiogram.send_message(stage.person.id, "Tap", reply_markup=markup)
    await stage.updates()
    made = stage.world.create_managed_bot(
        stage.person.id, stage.bot.id, name="Mine", username="mine_bot", request_id=7
    )
    managed, message = await stage.updates()
    assert (managed.managed_bot.user.id, managed.managed_bot.bot_user.id) == (
        stage.person.id,
        made.id,
    )
    assert message.message.managed_bot_created.bot_user.username == "mine_bot"
    token = await stage.aiogram.get_managed_bot_token(made.id)
    assert token == made.token
    assert await stage.aiogram.replace_managed_bot_token(made.id) != token
    assert (await stage.updates())[0].managed_bot.bot_user.id == made.id
    await stage.aiogram.set_managed_bot_access_settings(made.id, True, [stage.person.id])
    settings = await stage.aiogram.get_managed_bot_access_settings(made.id)
    assert [one.id for one in settings.added_users] == [stage.person.id]
    with pytest.raises(TelegramBadRequest):
        await stage.aiogram.get_managed_bot_token(stage.bot.id)


async def test_what_people_send(stage: BotStage) -> None:
    await stage.updates()
    world, me, chat = stage.world, stage.person.id, stage.chat
    world.share_contact(me, chat)
    world.share_location(me, chat, 1.0, 2.0)
    poll = Poll(id="1", question="?", options=[PollOption(text="a", persistent_id="0")])
    world.send(me, chat, Content(poll=poll))
    world.send(me, chat, Content(text="b"), reply_to=1)
    contact, location, asked, reply = await stage.updates()
    assert contact.message.contact.user_id == me
    assert location.message.location.longitude == 2.0
    assert asked.message.poll.question == "?"
    assert reply.message.reply_to_message.text == "/start"
