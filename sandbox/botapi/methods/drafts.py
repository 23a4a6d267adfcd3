"""Messages that are still being written. https://core.telegram.org/bots/api#sendmessagedraft"""

from __future__ import annotations

from sandbox.botapi.methods.rich_messages import read_rich
from sandbox.botapi.request import Call, method
from sandbox.world.drafts import Draft


@method("sendMessageDraft")
def send_message_draft(call: Call) -> bool:
    return _show(call)


@method("sendRichMessageDraft")
def send_rich_message_draft(call: Call) -> bool:
    read_rich(call)
    return _show(call)


def _show(call: Call) -> bool:
    draft = Draft(
        id=call.params.number("draft_id"),
        bot_id=call.bot.id,
        topic=call.params.number("message_thread_id") or None,
        can_stop=call.params.flag("can_stop"),
    )
    call.world.drafts.show(call.chat(), draft)
    return True
