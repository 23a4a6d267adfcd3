"""Hostile values deep inside good parameters are refused, never an error of the sandbox's own."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

from tests.integration.sandbox_botapi.bot_stage import BotStage
from tests.integration.sandbox_botapi.method_stage import HASH, MethodStage, prepare

ROUNDS = 12
SEED = 20261125
HOSTILE: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 2**63, -(2**70), "", " ", "x", "²", "١٢", "nan", "😀" * 300),
    *([], {}, [[]], [None], {"a": None}, {"type": []}, [{"type": {}}], "attach://x", "http://["),
)
PRICES = [{"label": "a", "amount": 1}]
TEXT = {"message_text": "x", "entities": [{"type": "bold", "offset": 0, "length": 1}]}
RESULTS: tuple[dict[str, Any], ...] = (
    {"type": "article", "id": "1", "title": "a", "input_message_content": TEXT},
    {"type": "photo", "id": "1", "photo_url": "https://a.b/c.png", "thumbnail_url": "https://a.b"},
    {"type": "location", "id": "1", "latitude": 1, "longitude": 2, "title": "a"},
    {"type": "contact", "id": "1", "phone_number": "+1", "first_name": "a"},
    {"type": "game", "id": "1", "game_short_name": "chess"},
    {
        "type": "article",
        "id": "1",
        "title": "a",
        "input_message_content": {
            "title": "a", "description": "b", "payload": "p", "currency": "XTR", "prices": PRICES,
        },
    },
)  # fmt: skip


async def calls(s: MethodStage) -> list[tuple[str, dict[str, Any]]]:
    """Good calls with parameters that have something inside."""
    me = s.person
    photo = (await s.photo()).photo[-1].file_id
    name, one = await s.sticker_set()
    sticker = {"sticker": one, "format": "static", "emoji_list": ["😀"], "keywords": ["a"]}
    mask = {"point": "eyes", "x_shift": 0.0, "y_shift": 0.0, "scale": 1.0}
    invoice = {"title": "a", "description": "b", "payload": "p", "currency": "XTR"}
    checklist = {
        "title": "a",
        "title_entities": [{"type": "bold", "offset": 0, "length": 1}],
        "tasks": [{"id": 1, "text": "b", "text_entities": []}],
    }
    error = {"source": "data", "type": "passport", "field_name": "a", "data_hash": HASH}
    business = {"business_connection_id": s.connection.id}
    post = {"send_date": 1, "price": {"currency": "XTR", "amount": 5}}
    permissions = {"permissions": {"can_send_messages": True}}
    return [
        *(("savePreparedInlineMessage", {"user_id": me, "result": one}) for one in RESULTS),
        ("answerInlineQuery", {"inline_query_id": s.ask("inline_query").id, "results": [*RESULTS]}),
        ("answerInlineQuery", {"inline_query_id": "1", "results": [], "button": {"text": "a"}}),
        ("savePreparedKeyboardButton", {"user_id": me, "button": {"text": "a"}}),
        ("sendInvoice", {"chat_id": me, **invoice, "prices": PRICES}),
        ("answerShippingQuery", {
            "shipping_query_id": s.ask("shipping_query").id,
            "ok": True,
            "shipping_options": [{"id": "1", "title": "a", "prices": PRICES}],
        }),
        ("sendPaidMedia", {
            "chat_id": me,
            "star_count": 5,
            "media": [
                {"type": "photo", "media": photo},
                {"type": "video", "media": photo, "width": 9, "height": 9, "duration": 3},
                {"type": "live_photo", "media": photo, "photo": photo},
            ],
        }),
        ("createNewStickerSet", {
            "user_id": me,
            "name": "x",
            "title": "y",
            "stickers": [{**sticker, "mask_position": mask}],
        }),
        ("addStickerToSet", {"user_id": me, "name": name, "sticker": sticker}),
        ("setStickerMaskPosition", {"sticker": one, "mask_position": mask}),
        ("setStickerEmojiList", {"sticker": one, "emoji_list": ["😀", "🔥"]}),
        ("setStickerKeywords", {"sticker": one, "keywords": ["a", "b"]}),
        ("getCustomEmojiStickers", {"custom_emoji_ids": ["1", "2"]}),
        ("sendChecklist", {**business, "chat_id": s.other.id, "checklist": checklist}),
        ("setPassportDataErrors", {"user_id": me, "errors": [error]}),
        ("setBusinessAccountGiftSettings", {
            **business, "show_gift_button": True, "accepted_gift_types": {"unlimited_gifts": True},
        }),
        ("postStory", {**business, "content": {"type": "photo", "photo": "attach://x"}}),
        ("setMyProfilePhoto", {"photo": {"type": "static", "photo": "attach://x"}}),
        ("setChatPermissions", {"chat_id": s.group.id, **permissions}),
        ("sendMessage", {"chat_id": s.direct.id, "text": "x", "suggested_post_parameters": post}),
        ("sendMessage", {
            "chat_id": s.group.id,
            "text": "x",
            "ephemeral_message_parameters": {"receiver_user_id": me},
        }),
        ("sendRichMessage", {
            "chat_id": me, "rich_message": {"blocks": [{"type": "paragraph", "text": "a"}]},
        }),
        ("sendRichMessage", {"chat_id": me, "rich_message": {"html": "<p>a</p>", "is_rtl": True}}),
        ("sendGift", {
            "user_id": me, "gift_id": "5170145012310081615", "text": "a",
            "text_entities": [{"type": "bold", "offset": 0, "length": 1}],
        }),
    ]  # fmt: skip


def places(value: Any) -> list[tuple[Any, Any]]:
    """Everywhere something can be put: (holder, key)."""
    inner = enumerate(value) if isinstance(value, list) else value.items()
    found = [(value, key) for key, _ in list(inner)]
    for holder, key in list(found):
        if isinstance(holder[key], list | dict):
            found += places(holder[key])
    return found


async def test_hostile_values_inside_good_ones(stage: BotStage) -> None:
    """S2: malformed nested parameters were answered with 500."""
    dice = random.Random(SEED)
    failed = []
    for method, good in await calls(prepare(stage)):
        for _ in range(ROUNDS):
            params = copy.deepcopy(good)
            holder, key = dice.choice(places(params))
            holder[key] = dice.choice(HOSTILE)
            url = f"{stage.url}/bot{stage.bot.token}/{method}"
            headers = {"Content-Type": "application/json"}
            body = json.dumps(params).encode()
            async with stage.http.post(url, data=body, headers=headers) as response:
                if response.status >= 500:
                    failed.append((method, params))
    assert failed == []
