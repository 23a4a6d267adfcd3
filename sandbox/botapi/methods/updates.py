"""Getting updates. https://core.telegram.org/bots/api#getting-updates"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from sandbox.botapi.request import Call, Described, Raw, method
from sandbox.botapi.update_queue import Webhook
from sandbox.world.errors import ApiError, bad_request, conflict

LONGEST_POLL = 50
MOST_UPDATES = 100
MOST_CONNECTIONS = 100
_SECRET = re.compile(r"[A-Za-z0-9_-]*")
KINDS = (
    "message edited_message channel_post edited_channel_post business_connection "
    "business_message edited_business_message deleted_business_messages guest_message "
    "message_reaction message_reaction_count inline_query chosen_inline_result callback_query "
    "shipping_query pre_checkout_query purchased_paid_media poll poll_answer my_chat_member "
    "chat_member chat_join_request chat_boost removed_chat_boost managed_bot subscription "
    "stopped_message_generation"
)
KNOWN_KINDS = frozenset(KINDS.split())


@method("getUpdates")
async def get_updates(call: Call) -> Raw:
    box, params = call.mailbox, call.params
    if box.webhook is not None:
        raise conflict(
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete "
            "the webhook first"
        )
    _note_allowed(call)
    updates = await box.poll(
        params.number("offset"),
        min(max(params.number("limit", MOST_UPDATES), 1), MOST_UPDATES),
        min(max(params.number("timeout"), 0), LONGEST_POLL),
    )
    return Raw(f"[{','.join(update.body for update in updates)}]")


@method("setWebhook")
async def set_webhook(call: Call) -> Described:
    params, box = call.params, call.mailbox
    url = params.text("url").strip()
    if not url:
        return await _drop_webhook(call)
    secret = params.text("secret_token")
    _check(url, secret)
    _note_allowed(call)
    if params.flag("drop_pending_updates"):
        box.clear()
    box.webhook = Webhook(
        url=url if "://" in url else f"https://{url}",
        secret=secret,
        max_connections=min(max(params.number("max_connections", 40), 1), MOST_CONNECTIONS),
        ip_address=params.text("ip_address"),
        certificate="certificate" in params.files or params.has("certificate"),
    )
    box.end_poll(conflict("terminated by setWebhook request"))
    await call.api.deliver(call.bot.id)
    return Described(True, "Webhook was set")


def _check(url: str, secret: str) -> None:
    """Unlike Telegram the sandbox accepts plain HTTP and any port: it is local."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine:
        raise bad_request("invalid webhook URL specified")
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")


@method("deleteWebhook")
async def delete_webhook(call: Call) -> Described:
    return await _drop_webhook(call)


async def _drop_webhook(call: Call) -> Described:
    box = call.mailbox
    was_set = box.webhook is not None
    box.webhook = None
    await call.api.deliver(call.bot.id)
    if call.params.flag("drop_pending_updates"):
        box.clear()
    return Described(True, "Webhook was deleted" if was_set else "Webhook is already deleted")


@method("getWebhookInfo")
def get_webhook_info(call: Call) -> dict[str, Any]:
    box = call.mailbox
    box.confirm(0)
    hook = box.webhook
    info: dict[str, Any] = {
        "url": hook.url if hook else "",
        "has_custom_certificate": bool(hook and hook.certificate),
        "pending_update_count": len(box.pending),
    }
    if hook is not None:
        info["max_connections"] = hook.max_connections
        if hook.ip_address:
            info["ip_address"] = hook.ip_address
        if hook.last_error:
            info["last_error_date"] = hook.last_error_date
            info["last_error_message"] = hook.last_error
    if box.allowed:
        info["allowed_updates"] = box.allowed
    return info


def _note_allowed(call: Call) -> None:
    """``allowed_updates`` applies to later updates; an empty list, or one of unknown
    kinds alone, means the default. A value that is not a list of texts changes nothing.

    https://github.com/tdlib/telegram-bot-api (``Client::get_allowed_update_types``)
    """
    try:
        given = call.params.json("allowed_updates", "allowed_updates")
    except ApiError:
        return
    if isinstance(given, list) and all(isinstance(kind, str) for kind in given):
        wanted = {kind.lower() for kind in given}
        call.mailbox.allowed = [kind for kind in KINDS.split() if kind in wanted]
