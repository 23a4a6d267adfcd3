"""A call of each Bot API method that succeeds in the stage of method_stage.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import types as t

from tests.integration.sandbox_botapi import method_stage as m
from tests.integration.sandbox_botapi.method_stage import MethodStage

HOOK = "https://127.0.0.1:1/hook"


async def _on_text(s: MethodStage, call: Callable[[int], Awaitable[Any]]) -> Any:
    return await call((await s.text()).message_id)


async def _live(s: MethodStage, *, stop: bool) -> Any:
    sent = await s.live()
    if stop:
        return await s.bot.stop_message_live_location(chat_id=s.person, message_id=sent.message_id)
    return await s.bot.edit_message_live_location(
        3.0, 4.0, chat_id=s.person, message_id=sent.message_id, heading=90
    )


async def _reactions(s: MethodStage, *, everywhere: bool) -> Any:
    number = await m.reacted(s)
    if everywhere:
        return await s.bot.delete_all_message_reactions(s.group.id, user_id=s.person)
    return await s.bot.delete_message_reaction(s.group.id, number, user_id=s.person)


async def _ephemeral(s: MethodStage, what: str, **more: Any) -> Any:
    number = await s.ephemeral()
    if not what:
        return await s.bot.delete_ephemeral_message(s.group.id, s.person, number)
    edit = getattr(s.bot, f"edit_ephemeral_message_{what}")
    place = {"chat_id": s.group.id, "receiver_user_id": s.person}
    return await edit(**place, ephemeral_message_id=number, **more)


def _placed(s: MethodStage, kind: str) -> str:
    world = s.stage.world
    query = world.queries.ask(
        kind, s.stage.bot.id, s.person, {}, seconds=60, update="", chat=s.stage.chat.key
    )
    return query.id


async def _join_query(s: MethodStage, result: str) -> Any:
    query = await s.join_query()
    if result:
        return await s.bot.answer_chat_join_request_query(query, result)
    return await s.bot.send_chat_join_request_web_app(query, "https://example.org")


async def _titled(s: MethodStage) -> Any:
    await m.promoted(s)
    return await s.bot.set_chat_administrator_custom_title(s.group.id, s.other.id, "Chef")


async def _link(s: MethodStage, call: Callable[..., Awaitable[Any]]) -> Any:
    return await call(s.group.id, await m.link(s))


async def _subscription(s: MethodStage) -> Any:
    link = await m.subscription_link(s)
    return await s.bot.edit_chat_subscription_invite_link(s.channel.id, link, name="New")


async def _topic(s: MethodStage, call: Callable[[int], Awaitable[Any]]) -> Any:
    return await call(await s.topic())


async def _sticker(s: MethodStage, call: Callable[[str, str], Awaitable[Any]]) -> Any:
    return await call(*await s.sticker_set())


async def _paid(s: MethodStage, call: Callable[[str], Awaitable[Any]], *, period: int = 0) -> Any:
    return await call(await s.paid(period=period))


async def _gifts(s: MethodStage, asking: Awaitable[Any]) -> Any:
    s.gift()
    found = await asking
    assert found.total_count == 1
    return found


async def _score(s: MethodStage) -> Any:
    sent = await s.game()
    return await s.bot.set_game_score(s.person, 7, chat_id=s.person, message_id=sent.message_id)


async def _delete_business(s: MethodStage) -> Any:
    return await s.bot.delete_business_messages(s.connection.id, [await m.business_text(s)])


async def _story(s: MethodStage, *, delete: bool) -> Any:
    number = await s.own_story()
    if delete:
        return await s.bot.delete_story(s.connection.id, number)
    return await s.bot.edit_story(s.connection.id, number, m.story_photo())


CALLS: dict[str, Callable[[MethodStage], Awaitable[Any]]] = {
    # Updates and the bot itself
    "getUpdates": lambda s: s.bot.get_updates(),
    "setWebhook": lambda s: s.bot.set_webhook(HOOK),
    "deleteWebhook": lambda s: s.bot.delete_webhook(),
    "getWebhookInfo": lambda s: s.bot.get_webhook_info(),
    "getMe": lambda s: s.bot.get_me(),
    "logOut": lambda s: s.bot.log_out(),
    "close": lambda s: s.bot.close(),
    "setMyName": lambda s: s.bot.set_my_name("New"),
    "getMyName": lambda s: s.bot.get_my_name(),
    "setMyDescription": lambda s: s.bot.set_my_description("x"),
    "getMyDescription": lambda s: s.bot.get_my_description(),
    "setMyShortDescription": lambda s: s.bot.set_my_short_description("x"),
    "getMyShortDescription": lambda s: s.bot.get_my_short_description(),
    "setMyCommands": lambda s: s.bot.set_my_commands([t.BotCommand(command="a", description="b")]),
    "getMyCommands": lambda s: s.bot.get_my_commands(),
    "deleteMyCommands": lambda s: s.bot.delete_my_commands(),
    "setMyDefaultAdministratorRights": lambda s: s.bot.set_my_default_administrator_rights(
        rights=m.RIGHTS
    ),
    "getMyDefaultAdministratorRights": lambda s: s.bot.get_my_default_administrator_rights(),
    "setMyProfilePhoto": lambda s: s.bot.set_my_profile_photo(m.profile_photo()),
    "removeMyProfilePhoto": lambda s: s.bot.remove_my_profile_photo(),
    "setChatMenuButton": lambda s: s.bot.set_chat_menu_button(),
    "getChatMenuButton": lambda s: s.bot.get_chat_menu_button(),
    # Sending
    "sendMessage": lambda s: s.text(),
    "sendMessageDraft": lambda s: s.bot.send_message_draft(s.person, 7, text="wri"),
    "sendPhoto": lambda s: s.photo(),
    "sendDocument": lambda s: s.bot.send_document(s.person, m.some_file()),
    "sendVideo": lambda s: s.bot.send_video(s.person, m.some_file("a.mp4")),
    "sendAnimation": lambda s: s.bot.send_animation(s.person, m.some_file("a.mp4")),
    "sendAudio": lambda s: s.bot.send_audio(s.person, m.some_file("a.mp3")),
    "sendVoice": lambda s: s.bot.send_voice(s.person, m.some_file("a.ogg")),
    "sendVideoNote": lambda s: s.bot.send_video_note(s.person, m.some_file("a.mp4"), length=240),
    "sendSticker": lambda s: s.bot.send_sticker(s.person, m.some_file("a.webp")),
    "sendLivePhoto": lambda s: s.bot.send_live_photo(
        s.person, m.some_file("a.mp4"), m.picture(), caption="moving"
    ),
    "sendMediaGroup": lambda s: s.bot.send_media_group(
        s.person, [t.InputMediaPhoto(media=m.picture()), t.InputMediaPhoto(media=m.picture())]
    ),
    "sendPaidMedia": lambda s: s.bot.send_paid_media(
        s.person, 5, [t.InputPaidMediaPhoto(media=m.picture())], payload="x", caption="Buy"
    ),
    "sendContact": lambda s: s.bot.send_contact(s.person, "+1", "A"),
    "sendLocation": lambda s: s.bot.send_location(s.person, 1.0, 2.0),
    "sendVenue": lambda s: s.bot.send_venue(s.person, 1.0, 2.0, "Cafe", "Street 1"),
    "sendPoll": lambda s: s.bot.send_poll(s.person, "?", ["a", "b"]),
    "sendDice": lambda s: s.bot.send_dice(s.person),
    "sendChecklist": lambda s: s.bot.send_checklist(s.connection.id, s.other.id, m.checklist()),
    "sendChatAction": lambda s: s.bot.send_chat_action(s.person, "typing"),
    "sendGame": lambda s: s.game(),
    "sendInvoice": lambda s: s.bot.send_invoice(s.person, "T", "D", "p", "XTR", m.PRICES),
    "sendRichMessage": lambda s: s.bot.send_rich_message(
        s.person, t.InputRichMessage(html="<p>one</p><p>two</p>")
    ),
    "sendRichMessageDraft": lambda s: s.bot.send_rich_message_draft(
        s.person, 7, t.InputRichMessage(markdown="wri")
    ),
    "sendGift": lambda s: s.bot.send_gift("5170145012310081615", user_id=s.person, text="hi"),
    "forwardMessage": lambda s: _on_text(
        s, lambda number: s.bot.forward_message(s.person, s.person, number)
    ),
    "forwardMessages": lambda s: _on_text(
        s, lambda number: s.bot.forward_messages(s.person, s.person, [number])
    ),
    "copyMessage": lambda s: _on_text(
        s, lambda number: s.bot.copy_message(s.person, s.person, number)
    ),
    "copyMessages": lambda s: _on_text(
        s, lambda number: s.bot.copy_messages(s.person, s.person, [number])
    ),
    # Changing
    "editMessageText": m.edit_text,
    "editMessageCaption": m.edit_caption,
    "editMessageMedia": m.edit_media,
    "editMessageReplyMarkup": m.edit_markup,
    "editMessageChecklist": m.edit_checklist,
    "editMessageLiveLocation": lambda s: _live(s, stop=False),
    "stopMessageLiveLocation": lambda s: _live(s, stop=True),
    "stopPoll": m.stop_poll,
    "deleteMessage": lambda s: _on_text(s, lambda number: s.bot.delete_message(s.person, number)),
    "deleteMessages": lambda s: _on_text(
        s, lambda number: s.bot.delete_messages(s.person, [number])
    ),
    "setMessageReaction": lambda s: _on_text(
        s,
        lambda number: s.bot.set_message_reaction(
            s.person, number, [t.ReactionTypeEmoji(emoji="👍")]
        ),
    ),
    "deleteMessageReaction": lambda s: _reactions(s, everywhere=False),
    "deleteAllMessageReactions": lambda s: _reactions(s, everywhere=True),
    "pinChatMessage": lambda s: _on_text(s, lambda n: s.bot.pin_chat_message(s.person, n)),
    "unpinChatMessage": m.unpin,
    "unpinAllChatMessages": lambda s: s.bot.unpin_all_chat_messages(s.person),
    "editEphemeralMessageText": lambda s: _ephemeral(s, "text", text="new"),
    "editEphemeralMessageCaption": lambda s: _ephemeral(s, "caption", caption="new"),
    "editEphemeralMessageMedia": lambda s: _ephemeral(
        s, "media", media=t.InputMediaDocument(media=m.some_file())
    ),
    "editEphemeralMessageReplyMarkup": lambda s: _ephemeral(s, "reply_markup"),
    "deleteEphemeralMessage": lambda s: _ephemeral(s, ""),
    # Queries
    "answerCallbackQuery": m.answer_callback,
    "answerInlineQuery": lambda s: s.bot.answer_inline_query(
        s.ask("inline_query").id, [m.article()]
    ),
    "answerWebAppQuery": lambda s: s.bot.answer_web_app_query(
        _placed(s, "web_app_query"), m.article()
    ),
    "answerGuestQuery": lambda s: s.bot.answer_guest_query(
        _placed(s, "guest_message"), m.article()
    ),
    "answerShippingQuery": lambda s: s.bot.answer_shipping_query(
        s.ask("shipping_query").id,
        ok=True,
        shipping_options=[t.ShippingOption(id="1", title="Post", prices=m.PRICES)],
    ),
    "answerPreCheckoutQuery": lambda s: s.bot.answer_pre_checkout_query(
        s.ask("pre_checkout_query").id, ok=True
    ),
    "answerChatJoinRequestQuery": lambda s: _join_query(s, "approve"),
    "sendChatJoinRequestWebApp": lambda s: _join_query(s, ""),
    "savePreparedInlineMessage": lambda s: s.bot.save_prepared_inline_message(
        s.person, m.article(), allow_user_chats=True
    ),
    "savePreparedKeyboardButton": lambda s: s.bot.save_prepared_keyboard_button(
        s.person, t.KeyboardButton(text="Share")
    ),
    # People
    "getUserProfilePhotos": lambda s: s.bot.get_user_profile_photos(s.person),
    "getUserProfileAudios": lambda s: s.bot.get_user_profile_audios(s.person),
    "getUserPersonalChatMessages": lambda s: s.bot.get_user_personal_chat_messages(s.person, 5),
    "setUserEmojiStatus": lambda s: s.bot.set_user_emoji_status(
        s.person, emoji_status_custom_emoji_id="1"
    ),
    "verifyUser": lambda s: s.bot.verify_user(s.person),
    "removeUserVerification": lambda s: s.bot.remove_user_verification(s.person),
    "verifyChat": lambda s: s.bot.verify_chat(s.channel.id),
    "removeChatVerification": lambda s: s.bot.remove_chat_verification(s.channel.id),
    "setPassportDataErrors": lambda s: s.bot.set_passport_data_errors(s.person, [m.PASSPORT]),
    "getFile": m.get_file,
    # Chats
    "getChat": lambda s: s.bot.get_chat(s.group.id),
    "leaveChat": lambda s: s.bot.leave_chat(s.group.id),
    "setChatTitle": lambda s: s.bot.set_chat_title(s.group.id, "New"),
    "setChatDescription": lambda s: s.bot.set_chat_description(s.group.id, "New"),
    "setChatPhoto": lambda s: s.bot.set_chat_photo(s.group.id, m.picture()),
    "deleteChatPhoto": m.delete_photo,
    "setChatPermissions": lambda s: s.bot.set_chat_permissions(
        s.group.id, t.ChatPermissions(can_send_messages=True)
    ),
    "setChatStickerSet": m.group_sticker_set,
    "deleteChatStickerSet": lambda s: s.bot.delete_chat_sticker_set(s.group.id),
    "getChatMember": lambda s: s.bot.get_chat_member(s.group.id, s.person),
    "getChatAdministrators": lambda s: s.bot.get_chat_administrators(s.group.id),
    "getChatMemberCount": lambda s: s.bot.get_chat_member_count(s.group.id),
    "banChatMember": lambda s: s.bot.ban_chat_member(s.group.id, s.other.id),
    "unbanChatMember": lambda s: s.bot.unban_chat_member(s.group.id, s.other.id),
    "restrictChatMember": lambda s: s.bot.restrict_chat_member(
        s.group.id, s.other.id, t.ChatPermissions()
    ),
    "promoteChatMember": m.promoted,
    "setChatAdministratorCustomTitle": _titled,
    "setChatMemberTag": lambda s: s.bot.set_chat_member_tag(s.group.id, s.other.id, tag="Chef"),
    "banChatSenderChat": lambda s: s.bot.ban_chat_sender_chat(s.group.id, s.channel.id),
    "unbanChatSenderChat": lambda s: s.bot.unban_chat_sender_chat(s.group.id, s.channel.id),
    "getUserChatBoosts": lambda s: s.bot.get_user_chat_boosts(s.channel.id, s.person),
    "exportChatInviteLink": lambda s: s.bot.export_chat_invite_link(s.group.id),
    "createChatInviteLink": lambda s: s.bot.create_chat_invite_link(s.group.id, member_limit=3),
    "editChatInviteLink": lambda s: _link(s, s.bot.edit_chat_invite_link),
    "revokeChatInviteLink": lambda s: _link(s, s.bot.revoke_chat_invite_link),
    "createChatSubscriptionInviteLink": m.subscription_link,
    "editChatSubscriptionInviteLink": _subscription,
    "approveChatJoinRequest": lambda s: s.bot.approve_chat_join_request(
        s.group.id, s.join_request()
    ),
    "declineChatJoinRequest": lambda s: s.bot.decline_chat_join_request(
        s.group.id, s.join_request()
    ),
    "approveSuggestedPost": lambda s: s.bot.approve_suggested_post(s.direct.id, s.suggested()),
    "declineSuggestedPost": lambda s: s.bot.decline_suggested_post(
        s.direct.id, s.suggested(), comment="No"
    ),
    # Topics
    "getForumTopicIconStickers": lambda s: s.bot.get_forum_topic_icon_stickers(),
    "createForumTopic": lambda s: s.bot.create_forum_topic(s.group.id, "Plans"),
    "editForumTopic": lambda s: _topic(s, lambda n: s.bot.edit_forum_topic(s.group.id, n, "New")),
    "closeForumTopic": lambda s: _topic(s, lambda n: s.bot.close_forum_topic(s.group.id, n)),
    "reopenForumTopic": m.reopen,
    "deleteForumTopic": lambda s: _topic(s, lambda n: s.bot.delete_forum_topic(s.group.id, n)),
    "unpinAllForumTopicMessages": lambda s: _topic(
        s, lambda n: s.bot.unpin_all_forum_topic_messages(s.group.id, n)
    ),
    "editGeneralForumTopic": lambda s: s.bot.edit_general_forum_topic(s.group.id, "Main"),
    "closeGeneralForumTopic": lambda s: s.bot.close_general_forum_topic(s.group.id),
    "reopenGeneralForumTopic": m.reopen_general,
    "hideGeneralForumTopic": lambda s: s.bot.hide_general_forum_topic(s.group.id),
    "unhideGeneralForumTopic": m.unhide_general,
    "unpinAllGeneralForumTopicMessages": lambda s: s.bot.unpin_all_general_forum_topic_messages(
        s.group.id
    ),
    # Stickers
    "getStickerSet": lambda s: _sticker(s, lambda name, _: s.bot.get_sticker_set(name)),
    "getCustomEmojiStickers": m.emojis,
    "uploadStickerFile": lambda s: s.bot.upload_sticker_file(s.person, m.picture(), "static"),
    "createNewStickerSet": lambda s: s.sticker_set(),
    "addStickerToSet": lambda s: _sticker(
        s, lambda name, _: s.bot.add_sticker_to_set(s.person, name, m.sticker())
    ),
    "replaceStickerInSet": lambda s: _sticker(
        s, lambda name, one: s.bot.replace_sticker_in_set(s.person, name, one, m.sticker())
    ),
    "deleteStickerFromSet": lambda s: _sticker(
        s, lambda _, one: s.bot.delete_sticker_from_set(one)
    ),
    "deleteStickerSet": lambda s: _sticker(s, lambda name, _: s.bot.delete_sticker_set(name)),
    "setStickerPositionInSet": lambda s: _sticker(
        s, lambda _, one: s.bot.set_sticker_position_in_set(one, 1)
    ),
    "setStickerEmojiList": lambda s: _sticker(
        s, lambda _, one: s.bot.set_sticker_emoji_list(one, ["🔥"])
    ),
    "setStickerKeywords": lambda s: _sticker(
        s, lambda _, one: s.bot.set_sticker_keywords(one, ["fire"])
    ),
    "setStickerMaskPosition": m.mask,
    "setStickerSetTitle": lambda s: _sticker(
        s, lambda name, _: s.bot.set_sticker_set_title(name, "New")
    ),
    "setStickerSetThumbnail": lambda s: _sticker(
        s,
        lambda name, _: s.bot.set_sticker_set_thumbnail(
            name, s.person, "static", thumbnail=m.picture()
        ),
    ),
    "setCustomEmojiStickerSetThumbnail": m.emoji_thumbnail,
    # Payments, gifts, games
    "createInvoiceLink": lambda s: s.bot.create_invoice_link("T", "D", "p", "XTR", m.PRICES),
    "getMyStarBalance": lambda s: s.bot.get_my_star_balance(),
    "getStarTransactions": lambda s: _paid(s, lambda _: s.bot.get_star_transactions()),
    "refundStarPayment": lambda s: _paid(
        s, lambda charge: s.bot.refund_star_payment(s.person, charge)
    ),
    "editUserStarSubscription": lambda s: _paid(
        s, lambda charge: s.bot.edit_user_star_subscription(s.person, charge, True), period=9
    ),
    "getAvailableGifts": lambda s: s.bot.get_available_gifts(),
    "giftPremiumSubscription": lambda s: s.bot.gift_premium_subscription(s.person, 3, 1000),
    "getUserGifts": lambda s: _gifts(s, s.bot.get_user_gifts(s.person)),
    "getChatGifts": lambda s: s.bot.get_chat_gifts(s.channel.id),
    "setGameScore": _score,
    "getGameHighScores": m.scores,
    # Business
    "getBusinessConnection": lambda s: s.bot.get_business_connection(s.connection.id),
    "readBusinessMessage": lambda s: s.bot.read_business_message(
        s.connection.id, s.other.id, s.forwarded["other"].id
    ),
    "deleteBusinessMessages": _delete_business,
    "setBusinessAccountName": lambda s: s.bot.set_business_account_name(s.connection.id, "New"),
    "setBusinessAccountUsername": lambda s: s.bot.set_business_account_username(
        s.connection.id, "new_name"
    ),
    "setBusinessAccountBio": lambda s: s.bot.set_business_account_bio(s.connection.id, "New"),
    "setBusinessAccountProfilePhoto": lambda s: s.bot.set_business_account_profile_photo(
        s.connection.id, m.profile_photo()
    ),
    "removeBusinessAccountProfilePhoto": lambda s: s.bot.remove_business_account_profile_photo(
        s.connection.id
    ),
    "setBusinessAccountGiftSettings": lambda s: s.bot.set_business_account_gift_settings(
        s.connection.id, True, m.GIFT_TYPES
    ),
    "getBusinessAccountStarBalance": lambda s: s.bot.get_business_account_star_balance(
        s.connection.id
    ),
    "transferBusinessAccountStars": lambda s: s.bot.transfer_business_account_stars(
        s.connection.id, 5
    ),
    "getBusinessAccountGifts": lambda s: _gifts(
        s, s.bot.get_business_account_gifts(s.connection.id)
    ),
    "convertGiftToStars": lambda s: s.bot.convert_gift_to_stars(s.connection.id, s.gift()),
    "upgradeGift": lambda s: s.bot.upgrade_gift(s.connection.id, s.gift(), star_count=25),
    "transferGift": m.transfer_gift,
    "postStory": lambda s: s.own_story(),
    "repostStory": lambda s: s.bot.repost_story(s.connection.id, s.other.id, s.story(), 86_400),
    "editStory": lambda s: _story(s, delete=False),
    "deleteStory": lambda s: _story(s, delete=True),
    # Managed bots
    "getManagedBotToken": lambda s: s.bot.get_managed_bot_token(m.managed(s)),
    "replaceManagedBotToken": lambda s: s.bot.replace_managed_bot_token(m.managed(s)),
    "getManagedBotAccessSettings": lambda s: s.bot.get_managed_bot_access_settings(m.managed(s)),
    "setManagedBotAccessSettings": lambda s: s.bot.set_managed_bot_access_settings(
        m.managed(s), True
    ),
}
"""By the Bot API's name; each answers with what aiogram has parsed."""
