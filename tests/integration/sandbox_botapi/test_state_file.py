"""Whatever the methods have changed outlives the sandbox."""

from __future__ import annotations

import msgspec

from sandbox.world import WorldState
from tests.integration.sandbox_botapi.bot_stage import BotStage
from tests.integration.sandbox_botapi.method_calls import CALLS
from tests.integration.sandbox_botapi.method_stage import prepare

CHANGES = (
    "sendPaidMedia", "sendInvoice", "sendGame", "sendChecklist", "sendRichMessage", "sendLivePhoto",
    "createNewStickerSet", "createChatInviteLink", "setChatPermissions", "setChatMemberTag",
    "setGameScore", "upgradeGift", "postStory", "answerWebAppQuery", "editEphemeralMessageText",
    "approveSuggestedPost", "getStarTransactions", "setUserEmojiStatus", "banChatSenderChat",
)  # fmt: skip


async def test_the_world_is_saved_and_restored_whole(stage: BotStage) -> None:
    prepared = prepare(stage)
    for name in CHANGES:
        await CALLS[name](prepared)
    prepared.stage.world.room_settings.boost(stage.person.id, prepared.channel)
    state = stage.world.state
    assert msgspec.json.decode(msgspec.json.encode(state), type=WorldState) == state
