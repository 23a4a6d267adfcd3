"""Business connections, inline mode, payments and games, both sides over real HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiogram import types as t
from aiogram.exceptions import TelegramBadRequest

from sandbox.world import Account, Bot, World
from tests.integration.sandbox_control.client import Api


@pytest.fixture
def started(world: World, maya: Account, bot: Bot) -> int:
    world.start(maya.id, bot.id)
    return maya.id


async def updates(aiogram: Any) -> list[Any]:
    """New updates; they are confirmed."""
    found: list[Any] = await aiogram.get_updates()
    if found:
        await aiogram.get_updates(offset=found[-1].update_id + 1, timeout=0)
    return found


async def test_a_business_connection(
    api: Api, started: int, omid: Account, bot: Bot, aiogram: Any
) -> None:
    """S: messages, edits, deletions and one's own answers come back."""
    await updates(aiogram)
    path = f"accounts/{started}/business"
    refused = await api.post(path, {"bot": bot.id}, status=400)
    assert "BOT_BUSINESS_MISSING" in refused["error"]
    await api.ask("PATCH", f"bots/{bot.id}", {"business": True})
    made = await api.post(path, {"bot": bot.id}, status=201)
    [update] = await updates(aiogram)
    assert update.business_connection.id == made["id"]
    assert update.business_connection.rights.can_reply
    said = await api.post(
        f"accounts/{omid.id}/send", {"chat": started, "text": "open today?"}, status=201
    )
    message_path = f"accounts/{omid.id}/chats/{started}/messages/{said['id']}"
    await api.ask("PATCH", message_path, {"text": "open now?"})
    answer = await aiogram.send_message(
        omid.id,
        "Yes",
        business_connection_id=made["id"],
        reply_parameters={"message_id": said["id"]},
    )
    assert (answer.chat.id, answer.sender_business_bot.id) == (omid.id, bot.id)
    await api.delete(message_path)
    asked, edited, own, deleted = await updates(aiogram)
    assert asked.business_message.chat.id == omid.id
    assert asked.business_message.business_connection_id == made["id"]
    assert edited.edited_business_message.text == "open now?"
    assert (own.business_message.text, own.business_message.from_user.id) == ("Yes", started)
    assert own.business_message.sender_business_bot.id == bot.id
    assert deleted.deleted_business_messages.message_ids == [said["id"]]
    seen = await api.get(f"accounts/{omid.id}/chats/{started}/messages")
    assert [(one["text"], one["from"]["id"]) for one in seen] == [("Yes", started)]
    await api.post(path, {"bot": bot.id, "rights": []}, status=201)
    with pytest.raises(TelegramBadRequest, match="BOT_ACCESS_FORBIDDEN"):
        await aiogram.send_message(omid.id, "No", business_connection_id=made["id"])
    await api.delete(path)
    last = (await updates(aiogram))[-1]
    assert last.business_connection.is_enabled is False
    with pytest.raises(TelegramBadRequest, match="BUSINESS_CONNECTION_INVALID"):
        await aiogram.send_message(omid.id, "No", business_connection_id=made["id"])


async def test_an_inline_query(
    api: Api, started: int, omid: Account, bot: Bot, aiogram: Any
) -> None:
    await updates(aiogram)
    await api.ask("PATCH", f"bots/{bot.id}", {"inline": True, "inline_feedback": True})
    ask = {"bot": bot.id, "chat": omid.id, "query": "beans"}
    asking = asyncio.get_running_loop().create_task(api.post(f"accounts/{started}/inline", ask))
    while not (found := await updates(aiogram)):
        await asyncio.sleep(0.02)
    query = found[0].inline_query
    assert (query.query, query.chat_type) == ("beans", "private")
    button = t.InlineKeyboardButton(text="More", callback_data="more")
    result = t.InlineQueryResultArticle(
        id="1",
        title="Beans",
        input_message_content=t.InputTextMessageContent(message_text="A pound"),
        reply_markup=t.InlineKeyboardMarkup(inline_keyboard=[[button]]),
    )
    await aiogram.answer_inline_query(query.id, [result])
    answered = await asking
    assert answered["results"][0]["title"] == "Beans"
    choice = {"chat": omid.id, "query": answered["query"], "result": "1"}
    sent = await api.post(f"accounts/{started}/choose", choice, status=201)
    chosen = (await updates(aiogram))[0].chosen_inline_result
    assert await aiogram.edit_message_text("Two", inline_message_id=chosen.inline_message_id)
    [seen] = await api.get(f"accounts/{omid.id}/chats/{started}/messages")
    assert (seen["id"], seen["text"]) == (sent["id"], "Two")


async def test_an_invoice_is_paid_and_refunded(
    api: Api, started: int, bot: Bot, aiogram: Any
) -> None:
    await updates(aiogram)
    price = [t.LabeledPrice(label="Beans", amount=5)]
    sent = await aiogram.send_invoice(started, "Beans", "A pound", "order 1", "XTR", price)
    body = {"chat": bot.id, "message_id": sent.message_id}
    paying = asyncio.get_running_loop().create_task(api.post(f"accounts/{started}/pay", body))
    while not (found := await updates(aiogram)):
        await asyncio.sleep(0.02)
    checkout = found[0].pre_checkout_query
    assert (checkout.invoice_payload, checkout.total_amount) == ("order 1", 5)
    await aiogram.answer_pre_checkout_query(checkout.id, ok=True)
    charge = (await paying)["charge_id"]
    payment = (await updates(aiogram))[0].message.successful_payment
    assert payment.telegram_payment_charge_id == charge
    assert (await aiogram.get_my_star_balance()).amount == 5
    [transaction] = (await aiogram.get_star_transactions()).transactions
    assert transaction.source.invoice_payload == "order 1"
    assert await aiogram.refund_star_payment(started, charge)
    with pytest.raises(TelegramBadRequest, match="CHARGE_ALREADY_REFUNDED"):
        await aiogram.refund_star_payment(started, charge)


async def test_a_draft_is_stopped_and_a_subscription_ends(
    api: Api, started: int, bot: Bot, world: World, aiogram: Any
) -> None:
    await updates(aiogram)
    await aiogram.send_message_draft(started, 7, text="wri", can_stop=True)
    stop = f"accounts/{started}/chats/{bot.id}/stop-draft"
    await api.post(stop, {})
    assert (await updates(aiogram))[0].stopped_message_generation.draft_id == 7
    await api.post(stop, {}, status=400)
    paid = world.payments.record(
        bot.id, started, 5, "invoice_payment", payload="monthly", period=2_592_000
    )
    body = {"charge_id": paid.id, "state": "canceled"}
    await api.post(f"accounts/{started}/subscription", body)
    ended = (await updates(aiogram))[0].subscription
    assert (ended.state, ended.invoice_payload) == ("canceled", "monthly")


async def test_paid_media_is_bought(api: Api, started: int, bot: Bot, aiogram: Any) -> None:
    await updates(aiogram)
    photo = t.InputPaidMediaPhoto(media=t.BufferedInputFile(_picture(), "a.png"))
    sent = await aiogram.send_paid_media(started, 7, [photo], payload="picture")
    body = {"chat": bot.id, "message_id": sent.message_id}
    assert (await api.post(f"accounts/{started}/pay", body))["charge_id"]
    bought = (await updates(aiogram))[0].purchased_paid_media
    assert bought.paid_media_payload == "picture"


async def test_a_game_is_started(api: Api, started: int, bot: Bot, aiogram: Any) -> None:
    await updates(aiogram)
    game = {"short_name": "chess", "title": "Chess"}
    await api.post(f"bots/{bot.id}/games", game, status=201)
    button = t.InlineKeyboardButton(text="Play", callback_game=t.CallbackGame())
    markup = t.InlineKeyboardMarkup(inline_keyboard=[[button]])
    sent = await aiogram.send_game(started, "chess", reply_markup=markup)
    press = {"chat": bot.id, "message_id": sent.message_id, "text": "Play", "wait": 0}
    await api.post(f"accounts/{started}/press", press)
    assert (await updates(aiogram))[0].callback_query.game_short_name == "chess"


def _picture() -> bytes:
    from sandbox.seed_images import landscape

    return landscape("sea")[0]
