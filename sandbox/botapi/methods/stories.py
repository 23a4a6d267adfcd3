"""Stories of business accounts. https://core.telegram.org/bots/api#poststory"""

from __future__ import annotations

from typing import Any

from sandbox.botapi.methods.send_params import read_caption
from sandbox.botapi.methods.uploads import ATTACHED, take_file
from sandbox.botapi.request import Call, method
from sandbox.world import StoredFile
from sandbox.world.business_models import Story
from sandbox.world.errors import bad_request

Json = dict[str, Any]


@method("postStory")
def post_story(call: Call) -> Json:
    kind, file = _content(call)
    caption, _ = read_caption(call)
    account_id = _account_id(call)
    period = call.params.number("active_period")
    story = call.world.business.post_story(account_id, kind, file.unique_id, period, caption)
    return _shown(call, story)


@method("repostStory")
def repost_story(call: Call) -> Json:
    account_id = _account_id(call)
    from_id = call.chat("from_chat_id").id_for(call.bot.id)
    story = call.world.business.story(from_id, call.params.number("from_story_id"))
    period = call.params.number("active_period")
    again = call.world.business.post_story(
        account_id, story.kind, story.file, period, story.caption
    )
    return _shown(call, again)


@method("editStory")
def edit_story(call: Call) -> Json:
    kind, file = _content(call)
    caption, _ = read_caption(call)
    story = call.world.business.story(_account_id(call), call.params.number("story_id"))
    story.kind, story.file, story.caption = kind, file.unique_id, caption
    return _shown(call, story)


@method("deleteStory")
def delete_story(call: Call) -> bool:
    call.world.business.delete_story(_account_id(call), call.params.number("story_id"))
    return True


def _account_id(call: Call) -> int:
    connection_id = call.params.text("business_connection_id")
    return call.world.business.usable(call.bot.id, connection_id, "can_manage_stories").account_id


def _content(call: Call) -> tuple[str, StoredFile]:
    given = call.params.json("content", "story content")
    if given is None:
        raise bad_request("story content isn't specified")
    if not isinstance(given, dict):
        raise bad_request("object expected as story content")
    kind = str(given.get("type"))
    if kind not in ("photo", "video"):
        raise bad_request("invalid story content type specified")
    ref = str(given.get(kind) or "")
    if not ref.startswith(ATTACHED):
        raise bad_request(f"story {kind} must be uploaded as a file")
    return kind, take_file(call, ref, kind)


def _shown(call: Call, story: Story) -> Json:
    shown: Json = call.resolved({"chat": {"$chat": story.account_id}, "id": story.id})
    return shown
