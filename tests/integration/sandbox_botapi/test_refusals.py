"""What Telegram refuses for what a chat or message is: natural refusals, word for word."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from sandbox.world import Chat, Content, Entity, Group, Media, Poll, PollOption, Service
from tests.integration.sandbox_botapi.bot_stage import BotStage

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x02\x00\x00\x00\x03\x08\x02\x00\x00\x00"
    b"\x12\x16\xf1M\x00\x00\x00\x0eIDATx\x9cc`\x80\x03\x00\x00\x0f\x00\x01S\x99\x1f\xa3"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)


async def refused(stage: BotStage, method: str, **params: Any) -> str:
    params = {"chat_id": stage.person.id, **params}
    answer = await stage.call(method, **params)
    assert answer["ok"] is False, answer
    code, _, words = answer["description"].partition(": ")
    assert {400: "Bad Request", 403: "Forbidden"}[answer["error_code"]] == code
    return str(words)


async def done(stage: BotStage, method: str, **params: Any) -> Any:
    answer = await stage.call(method, **{"chat_id": stage.person.id, **params})
    assert answer["ok"], answer
    return answer["result"]


def photo(stage: BotStage, text: str = "", **more: Any) -> int:
    """The person sends one; its message id."""
    file = stage.world.files.put(PNG, "a.png", "image/png")
    media = Media(kind="photo", file=file, width=2, height=3)
    content = Content(text=text, media=media)
    return stage.world.send(stage.person.id, stage.chat, content, **more).id


def group_of(stage: BotStage, **more: Any) -> tuple[Group, Chat]:
    group = stage.world.add_group(stage.person.id, "G", **more)
    stage.world.join(stage.bot.id, group.id)
    return group, stage.world.chat(stage.person.id, group.id)


# --- Who ----------------------------------------------------------------------------------------


async def test_people_who_cannot_be_written_to(stage: BotStage) -> None:
    stage.world.block(stage.person.id, stage.bot.id)
    assert await refused(stage, "sendMessage", text="x") == "bot was blocked by the user"
    stage.person.deleted = True
    for method in ("sendMessage", "sendChatAction"):
        words = await refused(stage, method, text="x", action="typing")
        assert words == "user is deactivated"
    words = await refused(stage, "editMessageText", message_id=1, text="x")
    assert words == "user is deactivated"
    assert (await stage.call("getChat", chat_id=stage.person.id))["ok"]


async def test_bots_do_not_write_to_bots(stage: BotStage) -> None:
    other = stage.world.add_bot(owner_id=stage.person.id, name="B", username="b2_bot")
    group, _ = group_of(stage)
    stage.world.join(other.id, group.id)
    words = await refused(stage, "sendMessage", chat_id=other.id, text="x")
    assert words == "the bot can't send messages to the bot"


@pytest.mark.parametrize(("kind", "basic"), [("supergroup", False), ("group", True)])
async def test_groups_that_a_bot_left(stage: BotStage, kind: str, basic: bool) -> None:
    group, _ = group_of(stage, basic=basic)
    stage.world.leave(stage.bot.id, group.id)
    words = await refused(stage, "sendMessage", chat_id=group.id, text="x")
    assert words == f"bot is not a member of the {kind} chat"
    stage.world.ban(stage.person.id, group.id, stage.bot.id)
    words = await refused(stage, "sendMessage", chat_id=group.id, text="x")
    assert words == f"bot was kicked from the {kind} chat"


async def test_a_public_group_may_be_read_by_anybody(stage: BotStage) -> None:
    group = stage.world.add_group(stage.person.id, "G", username="public_group")
    assert (await stage.call("getChat", chat_id=group.id))["ok"]
    words = await refused(stage, "sendMessage", chat_id="@public_group", text="x")
    assert words == "bot is not a member of the supergroup chat"


async def test_an_upgraded_group_can_be_read_but_not_written_to(stage: BotStage) -> None:
    group, _ = group_of(stage, basic=True)
    new = stage.world.upgrade(stage.person.id, group.id)
    assert (await stage.call("getChat", chat_id=group.id))["ok"]
    for method in ("sendMessage", "getChatAdministrators", "deleteMessage"):
        answer = await stage.call(method, chat_id=group.id, text="x", message_id=1)
        assert answer["parameters"] == {"migrate_to_chat_id": new.id}


# --- Rights -------------------------------------------------------------------------------------


async def test_permissions_by_kind(stage: BotStage) -> None:
    group, _ = group_of(stage)
    group.permissions = {"can_send_photos": False, "can_send_polls": False}
    to = {"chat_id": group.id}
    sent = await done(stage, "sendMessage", **to, text="x")
    assert sent["text"] == "x"
    poll = {"question": "?", "options": ["a", "b"]}
    words = await refused(stage, "sendPoll", **to, **poll)
    assert words == "not enough rights to send polls to the chat"
    words = await refused(stage, "sendPhoto", **to, photo="https://a.example/x.png")
    assert words == "not enough rights to send photos to the chat"
    stage.world.restrict(stage.person.id, group.id, stage.bot.id, can_send=False)
    words = await refused(stage, "sendMessage", **to, text="x")
    assert words == "not enough rights to send text messages to the chat"


async def test_permissions_are_kept_one_by_one(stage: BotStage) -> None:
    group, _ = group_of(stage)
    stage.world.promote(stage.person.id, group.id, stage.bot.id)
    other = stage.world.add_account(first_name="O")
    stage.world.join(other.id, group.id)
    call = {"chat_id": group.id, "user_id": other.id}
    permissions = {"can_send_messages": True, "can_send_photos": False}
    await done(stage, "restrictChatMember", **call, permissions=permissions)
    member = await done(stage, "getChatMember", **call)
    assert member["status"] == "restricted"
    assert (member["can_send_messages"], member["can_send_photos"]) == (True, False)
    words = await refused(stage, "restrictChatMember", **call, permissions=[1])
    assert words == "object expected as permissions"


async def test_channels_need_the_right_to_post(stage: BotStage) -> None:
    channel = stage.world.add_channel(stage.person.id, "C")
    stage.world.promote(stage.person.id, channel.id, stage.bot.id, ("can_manage_chat",))
    words = await refused(stage, "sendMessage", chat_id=channel.id, text="x")
    assert words == "need administrator rights in the channel chat"


async def test_people_who_take_no_voice_messages(stage: BotStage) -> None:
    """K3: a forbidden voice."""
    sent = await done(stage, "sendVoice", voice="https://a.example/x.oga")
    stage.person.voice_forbidden = True
    for method, name in (("sendVoice", "voice"), ("sendVideoNote", "video_note")):
        words = await refused(stage, method, **{name: "https://a.example/x.oga"})
        assert words == "VOICE_MESSAGES_FORBIDDEN"
    again = {"from_chat_id": stage.person.id, "message_id": sent["message_id"]}
    assert await refused(stage, "copyMessage", **again) == "VOICE_MESSAGES_FORBIDDEN"
    await done(stage, "sendMessage", text="x")


# --- Copies and forwards ------------------------------------------------------------------------


async def test_what_cannot_be_copied(stage: BotStage) -> None:
    """K3: quizzes, protected photos, service messages."""
    quiz = Poll(
        id="1",
        question="?",
        options=[PollOption(text=one, persistent_id=one) for one in "ab"],
        quiz=True,
    )
    said = [
        stage.world.send(stage.person.id, stage.chat, Content(poll=quiz)).id,
        photo(stage, protected=True),
        stage.world.announce(stage.person.id, stage.chat, Service(kind="pinned_message")).id,
    ]
    source = {"from_chat_id": stage.person.id}
    for message_id in said:
        words = await refused(stage, "copyMessage", **source, message_id=message_id)
        assert words == "the message can't be copied"
    words = await refused(stage, "copyMessages", **source, message_ids=said)
    assert words == "messages can't be forwarded"
    words = await refused(stage, "copyMessages", **source, message_ids=[9_998, 9_999])
    assert words == "there are no messages to forward"
    words = await refused(stage, "copyMessages", **source, message_ids=said[::-1])
    assert words == "message identifiers must be in a strictly increasing order"
    text = stage.world.send(stage.person.id, stage.chat, Content(text="x")).id
    copied = await done(stage, "copyMessages", **source, message_ids=[*said, text, 9_999])
    assert len(copied) == 1


async def test_protected_messages_are_not_forwarded(stage: BotStage) -> None:
    """S2: one's own neither."""
    source = {"from_chat_id": stage.person.id}
    mine = await done(stage, "sendMessage", text="x", protect_content=True)
    assert mine["has_protected_content"] is True
    words = await refused(stage, "forwardMessage", **source, message_id=mine["message_id"])
    assert words == "the message can't be forwarded"
    assert await done(stage, "copyMessage", **source, message_id=mine["message_id"])
    group, chat = group_of(stage)
    group.protected = True
    said = stage.world.send(stage.person.id, chat, Content(text="x"))
    words = await refused(stage, "forwardMessage", from_chat_id=group.id, message_id=said.id)
    assert words == "message has protected content and can't be forwarded"


async def test_premium_captions_are_copied_as_they_are_only(stage: BotStage) -> None:
    """K3: a caption over 1,024 fails once caption, markup or reply is set."""
    long = "x" * 1_500
    with pytest.raises(Exception, match="message caption is too long"):
        photo(stage, long)
    stage.person.premium = True
    source = {"from_chat_id": stage.person.id, "message_id": photo(stage, long)}
    await done(stage, "copyMessage", **source)
    await done(stage, "forwardMessage", **source)
    several = {"from_chat_id": stage.person.id, "message_ids": [source["message_id"]]}
    await done(stage, "copyMessages", **several)
    buttons = {"inline_keyboard": [[{"text": "a", "callback_data": "a"}]]}
    for more in (
        {"caption": "y" * 1_025},
        {"reply_markup": buttons},
        {"reply_parameters": {"message_id": source["message_id"]}},
    ):
        words = await refused(stage, "copyMessage", **source, **more)
        assert words == "message caption is too long"


# --- The message meant --------------------------------------------------------------------------


async def test_messages_that_cannot_be_edited(stage: BotStage) -> None:
    keyboard = {"keyboard": [[{"text": "a"}]]}
    sent = (await done(stage, "sendMessage", text="x", reply_markup=keyboard))["message_id"]
    words = await refused(stage, "editMessageText", message_id=sent, text="y")
    assert words == "message can't be edited"
    dice = (await done(stage, "sendDice"))["message_id"]
    assert await refused(stage, "editMessageCaption", message_id=dice, caption="y") == (
        "message can't be edited"
    )
    buttons = {"inline_keyboard": [[{"text": "a", "callback_data": "a"}]]}
    await done(stage, "editMessageReplyMarkup", message_id=dice, reply_markup=buttons)
    assert await refused(stage, "deleteMessage", message_id=dice) == (
        "message can't be deleted for everyone"
    )


@pytest.mark.parametrize("message_id", [0, -5, 9_999, "x"])
async def test_messages_that_are_not_there(stage: BotStage, message_id: Any) -> None:
    one = {"message_id": message_id}
    source = {"from_chat_id": stage.person.id}
    assert await refused(stage, "editMessageText", **one, text="y") == "message to edit not found"
    assert await refused(stage, "deleteMessage", **one) == "message to delete not found"
    assert await refused(stage, "forwardMessage", **one, **source) == "message to forward not found"
    assert await refused(stage, "copyMessage", **one, **source) == "message to copy not found"
    assert await refused(stage, "setMessageReaction", **one) == "message to react not found"
    assert await refused(stage, "pinChatMessage", **one) == "message to pin not found"
    assert await refused(stage, "stopPoll", **one) == "message with poll to stop not found"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"message_id": 9_999}, "message to be replied not found"),
        ({"message_id": {}}, 'field "message_id" must be a Number'),
        ({"message_id": "²"}, 'field "message_id" must be a valid Number'),
        ({"message_id": 2**40}, 'field "message_id" must be a valid Number'),
        ({"quote": "x"}, 'can\'t find field "message_id"'),
        (
            {"message_id": 1, "allow_sending_without_reply": 1},
            'field "allow_sending_without_reply" must be of type Boolean',
        ),
        ("[1]", "object expected as reply parameters"),
        ("{", "can't parse reply parameters JSON object"),
        (
            {"message_id": 1, "quote": "<b>", "quote_parse_mode": "HTML"},
            "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
    ],
)
async def test_replies(stage: BotStage, given: Any, words: str) -> None:
    """S2: 400 instead of 500 for malformed reply_parameters."""
    assert await refused(stage, "sendMessage", text="x", reply_parameters=given) == words


async def test_a_reply_may_do_without_its_target(stage: BotStage) -> None:
    gone = {"message_id": 9_999, "allow_sending_without_reply": True}
    sent = await done(stage, "sendMessage", text="x", reply_parameters=gone)
    assert "reply_to_message" not in sent
    said = stage.world.send(stage.person.id, stage.chat, Content(text="a b a b"))
    quote = {"message_id": said.id, "quote": "a", "quote_position": 3}
    sent = await done(stage, "sendMessage", text="x", reply_parameters=quote)
    assert sent["quote"]["position"] == 4
    words = await refused(stage, "sendMessage", text="x", reply_parameters={**quote, "quote": "c"})
    assert words == "QUOTE_TEXT_INVALID"


# --- Content ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"text": "\u200b\u2800"}, "text must be non-empty"),
        ({"text": "<b> </b>", "parse_mode": "HTML"}, "text must be non-empty"),
        ({"text": "x" * 40_000}, "text is too long"),
        ({"text": "<b>" + "😀" * 2_049 + "</b>", "parse_mode": "HTML"}, "message is too long"),
        (
            {"text": "ab", "entities": [{"type": "bold", "offset": 0, "length": 3}]},
            "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 3",
        ),
        (
            {"text": "x", "entities": [{"type": "shiny", "offset": 0, "length": 1}]},
            "can't parse MessageEntity: Unsupported type specified",
        ),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "", "url": "a.b"}]]}},
            "inline keyboard button text must be non-empty",
        ),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a", "url": "http://"}]]}},
            "inline keyboard button URL 'http://' is invalid: Wrong HTTP URL",
        ),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a", "style": "loud"}]]}},
            "can't parse inline keyboard button: invalid button style specified",
        ),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [{"text": "a"}]}},
            'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
        ),
        ({"text": "x", "reply_markup": {"keyboard": {}}}, 'field "keyboard" must be of type Array'),
        (
            {"text": "x", "link_preview_options": {"is_disabled": 1}},
            'field "is_disabled" must be of type Boolean',
        ),
    ],
)  # fmt: skip
async def test_bad_texts_and_keyboards(stage: BotStage, params: dict[str, Any], words: str) -> None:
    assert await refused(stage, "sendMessage", **params) == words


async def test_2047_emoji_are_short_enough_and_2049_are_not(stage: BotStage) -> None:
    """K2: Telegram counts UTF-16 code units."""
    await done(stage, "sendMessage", text="😀" * 2_047)
    assert await refused(stage, "sendMessage", text="😀" * 2_049) == "message is too long"


async def test_buttons_that_ask_in_groups(stage: BotStage) -> None:
    group, _ = group_of(stage)
    asking = {"keyboard": [[{"text": "a", "request_contact": True}]]}
    words = await refused(stage, "sendMessage", chat_id=group.id, text="x", reply_markup=asking)
    assert words == "phone number can be requested in private chats only"


@pytest.mark.parametrize(
    ("media", "words"),
    [
        ([], "there are no messages to send"),
        ("x", "can't parse media JSON object"),
        ({"a": 1}, "expected an Array of InputMedia"),
        ([5], "can't parse InputMedia: expected an Object"),
        ([{"type": "photo"}], "can't parse InputMedia: media not found"),
        ([{"type": "photo", "media": "attach://x"}], "can't parse InputMedia: media not found"),
        (
            [{"type": "animation", "media": "https://a.example/a.gif"}],
            "can't parse InputMedia: type \"animation\" can't be used in sendMediaGroup",
        ),
        (
            [{"type": "poll", "media": "https://a.example/a.gif"}],
            'can\'t parse InputMedia: type "poll" is unsupported',
        ),
        (
            [
                {"type": "audio", "media": "https://a.example/a.mp3"},
                {"type": "photo", "media": "https://a.example/a.png"},
            ],
            "audio can't be mixed with other media types",
        ),
        (
            [{"type": "photo", "media": "https://a.example/a.png"}] * 11,
            "too many messages to send as an album",
        ),
        (
            [
                {"type": "photo", "media": "https://a.example/a.png"},
                {"type": "photo", "media": "https://a.example/b.png", "caption": "x" * 1_025},
            ],
            "message caption is too long",
        ),
    ],
)
async def test_albums(stage: BotStage, media: Any, words: str) -> None:
    """S2: album errors. Nothing of an album is sent when a part is refused."""
    before = len(stage.chat.messages)
    assert await refused(stage, "sendMediaGroup", media=media) == words
    assert len(stage.chat.messages) == before


async def test_one_item_alone_is_no_album(stage: BotStage) -> None:
    media = [{"type": "photo", "media": "https://a.example/a.png"}]
    (sent,) = await done(stage, "sendMediaGroup", media=media)
    assert "media_group_id" not in sent


# --- Files --------------------------------------------------------------------------------------


async def test_files(stage: BotStage) -> None:
    """S2: several sizes of a photo, media by URL, paths by what a file is sent as."""
    shown = (await done(stage, "sendPhoto", photo="https://a.example/a.png"))["photo"]
    assert [one["width"] for one in shown] == [90, 320, 480]
    assert len({one["file_unique_id"] for one in shown}) == 3
    small = await done(stage, "sendPhoto", photo=shown[0]["file_id"])
    assert small["photo"]
    path = (await done(stage, "getFile", file_id=shown[-1]["file_id"]))["file_path"]
    assert path.startswith("photos/")
    assert path.endswith(".jpg")
    words = await refused(stage, "sendDocument", document=shown[-1]["file_id"])
    assert words == "can't use file of type Photo as Document"
    words = await refused(stage, "sendPhoto", photo="not a file id")
    assert words.startswith("wrong remote file identifier specified")
    words = await refused(stage, "sendPhoto", photo="https://nowhere.invalid/a.png")
    assert words == "failed to get HTTP URL content"
    voice = (await done(stage, "sendVoice", voice="https://a.example/v"))["voice"]
    assert voice["mime_type"] == "audio/ogg"
    path = (await done(stage, "getFile", file_id=voice["file_id"]))["file_path"]
    assert path.startswith("voice/")


async def test_a_file_sent_again_stays_what_it_was(stage: BotStage) -> None:
    url = "https://a.example/v.mp4"
    sent = (await done(stage, "sendVideoNote", video_note=url, duration=3, length=240))[
        "video_note"
    ]
    again = await done(stage, "sendVideoNote", video_note=sent["file_id"])
    assert again["video_note"] == sent
    picture = await done(stage, "sendPhoto", photo="https://a.example/a.png")
    info = await done(stage, "getFile", file_id=picture["photo"][-1]["file_id"])
    url = f"{stage.url}/file/bot{stage.bot.token}/{info['file_path']}"
    document = (await done(stage, "sendDocument", document=url))["document"]
    assert (document["thumbnail"]["width"], document["thumbnail"]["height"]) == (320, 213)


async def test_a_file_of_this_machine_is_fetched(stage: BotStage) -> None:
    sent = await done(stage, "sendDocument", document="https://a.example/a.txt")
    info = await done(stage, "getFile", file_id=sent["document"]["file_id"])
    url = f"{stage.url}/file/bot{stage.bot.token}/{info['file_path']}"
    again = await done(stage, "sendDocument", document=url)
    assert again["document"]["file_size"] == sent["document"]["file_size"]
    words = await refused(stage, "sendDocument", document=f"{stage.url}/nothing/here")
    assert words == "failed to get HTTP URL content"


@pytest.mark.parametrize(("width", "height"), [(9_000, 2_000), (2_100, 100)])
async def test_photos_of_odd_dimensions(stage: BotStage, width: int, height: int) -> None:
    data = PNG[:16] + width.to_bytes(4, "big") + height.to_bytes(4, "big") + PNG[24:]
    url = f"{stage.url}/bot{stage.bot.token}/sendPhoto"
    form = {"chat_id": str(stage.person.id), "photo": data}
    async with stage.http.post(url, data=_form(form)) as response:
        assert (await response.json())["description"] == "Bad Request: PHOTO_INVALID_DIMENSIONS"


def _form(fields: dict[str, Any]) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, value in fields.items():
        form.add_field(name, value, filename="a.png" if isinstance(value, bytes) else None)
    return form


# --- Topics, polls, places ----------------------------------------------------------------------


async def test_topics(stage: BotStage) -> None:
    group, chat = group_of(stage, forum=True)
    to = {"chat_id": group.id, "text": "x"}
    for topic in (1, 999, 2**40):
        words = await refused(stage, "sendMessage", **to, message_thread_id=topic)
        assert words == "message thread not found"
    made = stage.world.create_topic(stage.person.id, chat, "T")
    assert (await done(stage, "sendMessage", **to, message_thread_id=made.id))["message_thread_id"]
    stage.world.close_topic(stage.person.id, chat, made.id, closed=True)
    words = await refused(stage, "sendMessage", **to, message_thread_id=made.id)
    assert words == "TOPIC_CLOSED"
    words = await refused(stage, "createForumTopic", chat_id=group.id, name="N")
    assert words == "not enough rights to create a topic"
    plain, _ = group_of(stage)
    assert await done(stage, "sendMessage", chat_id=plain.id, text="x", message_thread_id=77)


async def test_showing_general_again_leaves_it_closed(stage: BotStage) -> None:
    """S2: unhiding General reopens it."""
    group, chat = group_of(stage, forum=True)
    stage.world.promote(stage.person.id, group.id, stage.bot.id)
    await done(stage, "hideGeneralForumTopic", chat_id=group.id)
    assert (chat.topics[1].hidden, chat.topics[1].closed) == (True, True)
    await done(stage, "unhideGeneralForumTopic", chat_id=group.id)
    assert (chat.topics[1].hidden, chat.topics[1].closed) == (False, True)
    await done(stage, "hideGeneralForumTopic", chat_id=group.id)
    await done(stage, "reopenGeneralForumTopic", chat_id=group.id)
    assert (chat.topics[1].hidden, chat.topics[1].closed) == (False, False)


async def test_polls_end_by_themselves(stage: BotStage) -> None:
    """S2: polls ignore open_period and close_date."""
    poll = {"question": "?", "options": ["a", "b"]}
    await stage.updates()
    sent = await done(stage, "sendPoll", **poll, open_period=1)
    assert sent["poll"]["open_period"] == 1
    (update,) = await stage.updates(timeout=5)
    assert update.poll.is_closed
    with pytest.raises(Exception, match="MESSAGE_POLL_CLOSED"):
        stage.world.vote(stage.person.id, stage.chat, sent["message_id"], (0,))
    now = stage.world.time()
    assert await refused(stage, "sendPoll", **poll, close_date=now + 1) == "POLL_CLOSE_DATE_INVALID"
    assert (await done(stage, "sendPoll", **poll, close_date=now + 60))["poll"]["close_date"]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"options": ["a"], "type": "riddle"}, "unsupported poll type specified"),
        ({"options": "a"}, "can't parse options JSON object"),
        ({"options": [5]}, "expected an option to be of type String"),
        ({"options": ["a", ""]}, "poll options must be non-empty"),
        ({"options": ["x" * 101]}, "poll options length must not exceed 100"),
        ({"options": ["a"] * 13}, "poll can't have more than 12 options"),
        ({"options": ["a", "b"], "type": "quiz"}, "correct quiz option list must be non-empty"),
        (
            {"options": ["a", "b"], "type": "quiz", "correct_option_ids": [2]},
            "wrong correct option ID specified",
        ),
    ],
)
async def test_bad_polls(stage: BotStage, params: dict[str, Any], words: str) -> None:
    assert await refused(stage, "sendPoll", question="?", **params) == words


async def test_venues_keep_their_ids(stage: BotStage) -> None:
    """S2: venue ids dropped."""
    ids = {"foursquare_id": "f", "google_place_id": "g", "google_place_type": "t"}
    place = {"latitude": 1, "longitude": 2, "title": "T", "address": "A"}
    venue = (await done(stage, "sendVenue", **place, **ids))["venue"]
    assert {name: venue[name] for name in ids} == ids
    for wrong in ("nan", "inf", "1e999", "١"):
        assert await refused(stage, "sendLocation", latitude=wrong, longitude=1) == (
            "latitude is empty"
        )


async def test_command_scopes_with_a_chat_as_text(stage: BotStage) -> None:
    """S2: a command scope's chat_id as a string."""
    commands = [{"command": "go", "description": "Go"}]
    text = {"type": "chat", "chat_id": str(stage.person.id)}
    await done(stage, "setMyCommands", commands=commands, scope=text)
    number = {"type": "chat", "chat_id": stage.person.id}
    assert await done(stage, "getMyCommands", scope=number) == commands
    words = await refused(stage, "setMyCommands", commands=commands, scope={"type": "chat"})
    assert words == "can't parse BotCommandScope: Can't find field \"chat_id\""


async def test_admins_with_and_without_bots(stage: BotStage) -> None:
    """S2: return_bots, channel rights."""
    channel = stage.world.add_channel(stage.person.id, "C")
    other = stage.world.add_bot(owner_id=stage.person.id, name="B", username="b2_bot")
    for bot in (stage.bot, other):
        stage.world.promote(stage.person.id, channel.id, bot.id)
    to = {"chat_id": channel.id}
    assert len(await done(stage, "getChatAdministrators", **to)) == 2
    assert len(await done(stage, "getChatAdministrators", **to, return_bots=True)) == 3
    member = {**to, "user_id": other.id}
    await done(stage, "promoteChatMember", **member, can_post_messages=True, can_pin_messages=True)
    shown = await done(stage, "getChatMember", **member)
    assert shown["can_post_messages"] is True
    assert "can_pin_messages" not in shown


async def test_entities_come_back_as_telegram_keeps_them(stage: BotStage) -> None:
    given = [
        {"type": "bold", "offset": 0, "length": 8},
        {"type": "italic", "offset": 4, "length": 7},
    ]
    sent = await done(stage, "sendMessage", text="hello world", entities=given)
    shown = [(one["type"], one["offset"], one["length"]) for one in sent["entities"]]
    assert shown == [("bold", 0, 4), ("italic", 4, 7), ("bold", 4, 4)]
    assert (
        Entity(type="bold", offset=4, length=4)
        in stage.chat.messages[sent["message_id"]].content.entities
    )
