"""Telegram's refusals of Bot API calls, by name, word for word.

The names are the sandbox's own; code and description are those a bot receives. The source of
each is named beside it:

- *Client.cpp*: the Bot API server's own checks and its descriptions of errors of Telegram's
  servers, https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/Client.cpp
- *td*: TDLib below it, https://github.com/tdlib/td/tree/master/td/telegram
- *API*: an error of Telegram's servers passed on unchanged, https://core.telegram.org/api/errors
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.world.errors import ApiError

PREFIXES = {
    400: "Bad Request",
    403: "Forbidden",
    409: "Conflict",
    500: "Internal Server Error",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal.

    Args:
        code: ``error_code``, which is also the HTTP status.
        words: ``description`` without its prefix ("Bad Request: ").
        source: function or table with this text.
        bare: the description is ``words`` alone.
    """

    code: int
    words: str
    source: str
    bare: bool = False

    @property
    def description(self) -> str:
        return self.words if self.bare else f"{PREFIXES[self.code]}: {self.words}"

    def error(self) -> ApiError:
        return ApiError(self.code, self.description)


_CHECK_CHAT = "Client.cpp check_chat_access"
_CHECK_MESSAGE = "Client.cpp check_message"
_FAILED_SEND = "td MessagesManager.cpp process_send_message_fail_error"
_SERVER_ERROR = "Client.cpp fail_query_with_error"
_RIGHTS = "td MessageContent.cpp can_send_message_content"

REFUSALS: dict[str, Refusal] = {
    # --- Recipients ---------------------------------------------------------------------------
    "blocked": Refusal(403, "bot was blocked by the user", f"{_SERVER_ERROR} (USER_IS_BLOCKED)"),
    "deactivated": Refusal(403, "user is deactivated", _CHECK_CHAT),
    "cannot_initiate": Refusal(
        403, "bot can't initiate conversation with a user", f"{_FAILED_SEND} (PEER_ID_INVALID)"
    ),
    "bot_to_bot": Refusal(
        403, "the bot can't send messages to the bot", f"{_FAILED_SEND} (USER_IS_BOT)"
    ),
    "chat_not_found": Refusal(400, "chat not found", "Client.cpp TdOnCheckChatCallback"),
    "user_not_found": Refusal(400, "user not found", "Client.cpp TdOnCheckUserCallback"),
    "kicked_from_group": Refusal(403, "bot was kicked from the group chat", _CHECK_CHAT),
    "kicked_from_supergroup": Refusal(403, "bot was kicked from the supergroup chat", _CHECK_CHAT),
    "kicked_from_channel": Refusal(403, "bot was kicked from the channel chat", _CHECK_CHAT),
    "not_in_group": Refusal(403, "bot is not a member of the group chat", _CHECK_CHAT),
    "not_in_supergroup": Refusal(403, "bot is not a member of the supergroup chat", _CHECK_CHAT),
    "not_in_channel": Refusal(403, "bot is not a member of the channel chat", _CHECK_CHAT),
    "group_deleted": Refusal(403, "the group chat was deleted", _CHECK_CHAT),
    "group_upgraded": Refusal(400, "group chat was upgraded to a supergroup chat", _CHECK_CHAT),
    "peer_invalid": Refusal(400, "PEER_ID_INVALID", "API"),
    # --- Rights -------------------------------------------------------------------------------
    "not_enough_rights": Refusal(
        400, "not enough rights to send text messages to the chat", _RIGHTS
    ),
    "no_rights_photos": Refusal(400, "not enough rights to send photos to the chat", _RIGHTS),
    "need_channel_rights": Refusal(
        400,
        "need administrator rights in the channel chat",
        "td DialogManager.cpp can_send_message",
    ),
    "admin_required": Refusal(400, "CHAT_ADMIN_REQUIRED", "API"),
    "write_forbidden": Refusal(400, "CHAT_WRITE_FORBIDDEN", "API"),
    "restricted": Refusal(400, "CHAT_RESTRICTED", "API"),
    "send_plain_forbidden": Refusal(400, "CHAT_SEND_PLAIN_FORBIDDEN", "API"),
    "voice_forbidden": Refusal(400, "VOICE_MESSAGES_FORBIDDEN", "API"),
    "voice_restricted": Refusal(400, "user restricted receiving of voice note messages", _RIGHTS),
    "video_note_restricted": Refusal(
        400, "user restricted receiving of video note messages", _RIGHTS
    ),
    "cannot_remove_owner": Refusal(
        400, "can't remove chat owner", "td DialogParticipantManager.cpp"
    ),
    "user_is_admin": Refusal(
        400, "user is an administrator of the chat", f"{_SERVER_ERROR} (USER_ADMIN_INVALID)"
    ),
    # --- The message meant --------------------------------------------------------------------
    "not_modified": Refusal(
        400,
        "message is not modified: specified new message content and reply markup are exactly the "
        "same as a current content and reply markup of the message",
        f"{_SERVER_ERROR} (MESSAGE_NOT_MODIFIED)",
    ),
    "edit_not_found": Refusal(400, "message to edit not found", _CHECK_MESSAGE),
    "delete_not_found": Refusal(400, "message to delete not found", _CHECK_MESSAGE),
    "forward_not_found": Refusal(400, "message to forward not found", _CHECK_MESSAGE),
    "copy_not_found": Refusal(400, "message to copy not found", _CHECK_MESSAGE),
    "reply_not_found": Refusal(
        400, "message to be replied not found", "Client.cpp check_reply_parameters"
    ),
    "react_not_found": Refusal(400, "message to react not found", _CHECK_MESSAGE),
    "pin_not_found": Refusal(400, "message to pin not found", _CHECK_MESSAGE),
    "unpin_not_found": Refusal(400, "message to unpin not found", _CHECK_MESSAGE),
    "poll_not_found": Refusal(400, "message with poll to stop not found", _CHECK_MESSAGE),
    "cannot_edit": Refusal(
        400, "message can't be edited", "td MessagesManager.cpp edit_message_text"
    ),
    "cannot_delete": Refusal(
        400, "message can't be deleted", f"{_SERVER_ERROR} (MESSAGE_DELETE_FORBIDDEN)"
    ),
    "cannot_delete_for_everyone": Refusal(
        400, "message can't be deleted for everyone", "td MessagesManager.cpp delete_messages"
    ),
    "cannot_forward": Refusal(
        400, "the message can't be forwarded", "td MessagesManager.cpp forward_message"
    ),
    "messages_cannot_be_forwarded": Refusal(
        400, "messages can't be forwarded", "Client.cpp TdOnForwardMessagesCallback"
    ),
    "cannot_copy": Refusal(
        400, "the message can't be copied", "td MessagesManager.cpp forward_message"
    ),
    "album_cannot_copy": Refusal(
        400, "can't copy message", "td MessagesManager.cpp process_input_message_content"
    ),
    "protected": Refusal(
        400,
        "message has protected content and can't be forwarded",
        f"{_FAILED_SEND} (CHAT_FORWARDS_RESTRICTED)",
    ),
    "quote_not_found": Refusal(400, "QUOTE_TEXT_INVALID", "API"),
    "no_text_to_edit": Refusal(
        400, "there is no text in the message to edit", "td MessagesManager.cpp edit_message_text"
    ),
    "no_caption_to_edit": Refusal(
        400,
        "there is no caption in the message to edit",
        "td MessagesManager.cpp edit_message_caption",
    ),
    # --- Buttons and queries ------------------------------------------------------------------
    "query_too_old": Refusal(
        400,
        "query is too old and response timeout expired or query ID is invalid",
        f"{_SERVER_ERROR} (QUERY_ID_INVALID)",
    ),
    "button_data_invalid": Refusal(400, "BUTTON_DATA_INVALID", "API"),
    "button_user_hidden": Refusal(400, "BUTTON_USER_PRIVACY_RESTRICTED", "API"),
    "markup_too_long": Refusal(
        400, "reply markup is too long", f"{_SERVER_ERROR} (REPLY_MARKUP_TOO_LONG)"
    ),
    # --- Content ------------------------------------------------------------------------------
    "too_long": Refusal(400, "message is too long", f"{_FAILED_SEND} (MESSAGE_TOO_LONG)"),
    "caption_too_long": Refusal(
        400, "message caption is too long", f"{_FAILED_SEND} (MEDIA_CAPTION_TOO_LONG)"
    ),
    "answer_too_long": Refusal(400, "MESSAGE_TOO_LONG", "API (answerCallbackQuery)"),
    "empty": Refusal(400, "message text is empty", "Client.cpp get_input_message_text"),
    "text_must_be_non_empty": Refusal(
        400, "text must be non-empty", "td MessageEntity.cpp get_formatted_text"
    ),
    "cannot_parse": Refusal(
        400,
        "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        "td MessageEntity.cpp parse_html",
    ),
    "entity_bounds": Refusal(400, "ENTITY_BOUNDS_INVALID", "API"),
    "wrong_file": Refusal(
        400,
        "wrong file identifier/HTTP URL specified",
        f"{_FAILED_SEND} (MEDIA_EMPTY)",
    ),
    "file_too_big": Refusal(400, "file is too big", "Client.cpp do_get_file"),
    "file_gone": Refusal(
        400, "wrong file_id or the file is temporarily unavailable", "Client.cpp on_file_download"
    ),
    "photo_invalid": Refusal(400, "PHOTO_INVALID_DIMENSIONS", "API"),
    "image_process_failed": Refusal(400, "IMAGE_PROCESS_FAILED", "API"),
    "url_content": Refusal(
        400, "failed to get HTTP URL content", f"{_SERVER_ERROR} (WEBPAGE_CURL_FAILED)"
    ),
    "reaction_invalid": Refusal(400, "REACTION_INVALID", "API"),
    # --- Topics -------------------------------------------------------------------------------
    "thread_not_found": Refusal(
        400, "message thread not found", "Client.cpp TdOnCheckForumTopicCallback"
    ),
    "topic_deleted": Refusal(400, "TOPIC_DELETED", "API"),
    "topic_closed": Refusal(400, "TOPIC_CLOSED", "API"),
    "topic_not_modified": Refusal(400, "TOPIC_NOT_MODIFIED", "API"),
    # --- Others -------------------------------------------------------------------------------
    "business_connection_invalid": Refusal(400, "BUSINESS_CONNECTION_INVALID", "API"),
    "business_not_allowed": Refusal(400, "BUSINESS_PEER_USAGE_MISSING", "API"),
    "payment_required": Refusal(400, "BALANCE_TOO_LOW", "API"),
    # --- The bot and the service --------------------------------------------------------------
    "unauthorized": Refusal(401, "Unauthorized", "Client.cpp get_closing_error", bare=True),
    "logged_out": Refusal(400, "Logged out", "Client.cpp get_closing_error", bare=True),
    "not_found": Refusal(404, "Not Found", "HttpConnection.cpp", bare=True),
    "other_poller": Refusal(
        409,
        "terminated by other getUpdates request; make sure that only one bot instance is running",
        "Client.cpp abort_long_poll",
    ),
    "webhook_active": Refusal(
        409,
        "can't use getUpdates method while webhook is active; use deleteWebhook to delete the "
        "webhook first",
        "Client.cpp process_get_updates_query",
    ),
    "too_large": Refusal(413, "Request Entity Too Large", "HttpConnection.cpp", bare=True),
    "flood": Refusal(
        429,
        "Too Many Requests: retry after {seconds}",
        "Query.cpp set_retry_after_error",
        bare=True,
    ),
    "internal": Refusal(500, "Internal Server Error", "Client.cpp", bare=True),
    "restarting": Refusal(500, "restart", "Client.cpp get_closing_error"),
    "bad_gateway": Refusal(502, "Bad Gateway", "the proxies before the Bot API servers", bare=True),
    "unavailable": Refusal(
        503, "Service Unavailable", "the proxies before the Bot API servers", bare=True
    ),
    "gateway_timeout": Refusal(
        504, "Gateway Timeout", "the proxies before the Bot API servers", bare=True
    ),
}


def refused(name: str) -> ApiError:
    """The error of a refusal.

    Args:
        name: a key of :data:`REFUSALS`.
    """
    return REFUSALS[name].error()
