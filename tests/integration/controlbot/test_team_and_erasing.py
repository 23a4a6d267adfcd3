"""Writing to the team and being answered, and erasing oneself without a bot (faults U5, U2)."""

from __future__ import annotations

from aiogram.methods import CopyMessage, SendMessage
from aiogram.types import Chat, Message, MessageId, Update, User

from tenants.domain.model import UserId
from tests.integration.controlbot.conftest import ADA, OWNER, House


async def test_a_person_without_a_bot_can_erase_themselves(house: House) -> None:
    """U2."""
    await house.agree(ADA)
    ada = house.person(ADA)
    await ada.send("/privacy")
    await house.press(ada, "🗑 Erase everything about me")
    await house.press(ada, "Yes, erase everything")
    await house.platform.nursery.drain(5)
    assert await house.services.people.get(ADA) is None
    assert any("nothing about you is kept" in said for said in house.bot.said())


async def test_the_team_answers_who_wrote_to_it(house: House) -> None:
    """U5: the reply was swallowed."""

    async def made(user_id: UserId, text: str, reply_to: int | None = None) -> None:
        def message(number: int, words: str) -> Message:
            return Message(
                message_id=number,
                date=house.clock.now(),
                chat=Chat(id=user_id, type="private"),
                from_user=User(id=user_id, is_bot=False, first_name="P", language_code="en"),
                text=words,
                reply_to_message=message(reply_to, "x") if reply_to and number == 50 else None,
            )

        update = Update(update_id=1, message=message(50, text))
        await house.dispatcher.feed_update(house.platform.bot, update)

    await house.agree(ADA)
    await house.agree(OWNER)
    house.bot.answers = {
        SendMessage: Message(
            message_id=900, date=house.clock.now(), chat=Chat(id=1, type="private")
        ),
        CopyMessage: MessageId(message_id=901),
    }
    await house.person(ADA).send("/help")
    await house.press(house.person(ADA), "✍️ Write to the team")
    await made(ADA, "my bot is silent")
    assert house.bot.copies() == [(OWNER, ADA)]
    await made(OWNER, "it is mended", reply_to=901)
    assert house.bot.copies()[-1] == (ADA, OWNER)
    await made(ADA, "thank you", reply_to=901)
    assert house.bot.copies()[-1] == (OWNER, ADA)
    count = len(house.bot.copies())
    await made(ADA, "spam", reply_to=1)
    assert len(house.bot.copies()) == count


async def test_one_person_can_not_flood_the_team(house: House) -> None:
    """R16."""
    house.bot.answers = {
        SendMessage: Message(
            message_id=900, date=house.clock.now(), chat=Chat(id=1, type="private")
        ),
        CopyMessage: MessageId(message_id=901),
    }
    eve = house.person(66)
    for _ in range(8):
        await eve.send("/help")
        await house.press(eve, "✍️ Write to the team")
        await eve.send("buy my things")
    assert len(house.bot.copies()) == 3
