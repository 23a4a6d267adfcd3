"""The sandbox's table of refusals, and how the platform reads each: over real HTTP."""

from __future__ import annotations

import pytest
from aiogram.exceptions import TelegramAPIError

from sandbox.fault_injection import Fault
from sandbox.world.refusals import REFUSALS
from tenants.telegram.refusals import Decision, Refusal, classify, decide
from tests.integration.sandbox_botapi.bot_stage import BotStage

READ_AS = {
    "blocked": Refusal.BLOCKED,
    "deactivated": Refusal.DEACTIVATED,
    "cannot_initiate": Refusal.NEVER_STARTED,
    "bot_to_bot": Refusal.NEVER_STARTED,
    "chat_not_found": Refusal.CHAT_NOT_FOUND,
    "kicked_from_group": Refusal.NOT_A_MEMBER,
    "kicked_from_supergroup": Refusal.NOT_A_MEMBER,
    "kicked_from_channel": Refusal.NOT_A_MEMBER,
    "not_in_supergroup": Refusal.NOT_A_MEMBER,
    "group_upgraded": Refusal.CHAT_MIGRATED,
    "not_enough_rights": Refusal.NO_RIGHTS,
    "need_channel_rights": Refusal.NO_RIGHTS,
    "not_modified": Refusal.NOT_MODIFIED,
    "edit_not_found": Refusal.EDIT_GONE,
    "cannot_edit": Refusal.EDIT_GONE,
    "delete_not_found": Refusal.DELETE_GONE,
    "reply_not_found": Refusal.REPLY_GONE,
    "copy_not_found": Refusal.SOURCE_GONE,
    "forward_not_found": Refusal.SOURCE_GONE,
    "cannot_copy": Refusal.CANT_COPY,
    "messages_cannot_be_forwarded": Refusal.CANT_COPY,
    "protected": Refusal.PROTECTED,
    "voice_forbidden": Refusal.VOICE_FORBIDDEN,
    "thread_not_found": Refusal.TOPIC_GONE,
    "topic_deleted": Refusal.TOPIC_GONE,
    "topic_closed": Refusal.TOPIC_GONE,
    "query_too_old": Refusal.QUERY_TOO_OLD,
    "too_long": Refusal.TOO_LONG,
    "caption_too_long": Refusal.TOO_LONG,
    "cannot_parse": Refusal.CANT_PARSE,
    "wrong_file": Refusal.BAD_MEDIA,
    "unauthorized": Refusal.TOKEN,
    "flood": Refusal.FLOOD,
    "internal": Refusal.OUTAGE,
    "restarting": Refusal.OUTAGE,
    "bad_gateway": Refusal.OUTAGE,
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_no_refusal_is_an_error_of_ours(stage: BotStage, name: str) -> None:
    """K1: whatever Telegram refuses is read as a refusal, most of them by their kind."""
    stage.faults.add(Fault(kind="refusal", refusal=name, method="sendMessage"))
    with pytest.raises(TelegramAPIError) as refused:
        await stage.aiogram.send_message(stage.person.id, "x")
    assert decide(refused.value) is not Decision.FAILED
    assert classify(refused.value) is READ_AS.get(name, classify(refused.value))
