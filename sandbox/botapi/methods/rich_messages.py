"""Rich messages: pages of blocks. https://core.telegram.org/bots/api#sendrichmessage

Blocks are stored unchanged; HTML and Markdown become plain paragraphs.
"""

from __future__ import annotations

import re
from typing import Any

from sandbox.botapi.formatting import formatted
from sandbox.botapi.methods.send_params import Target
from sandbox.botapi.request import Call, method
from sandbox.world import Content, Special
from sandbox.world.errors import bad_request

Json = dict[str, Any]

FORMS = ("html", "markdown", "blocks")
_TAG = re.compile(r"</?(?:p|h[1-6]|div|section|article|br|hr|ul|ol|li|table|tr|td)\b[^>]*>")


@method("sendRichMessage")
def send_rich_message(call: Call) -> Json:
    special = read_rich(call)
    return Target.of(call).send(Content(special=special))


def read_rich(call: Call) -> Special:
    """``rich_message``. https://core.telegram.org/bots/api#inputrichmessage

    Raises:
        ApiError: 400, it is none, or not exactly one form of content.
    """
    call.params.required("rich_message")
    given = call.params.json("rich_message", "InputRichMessage")
    if not isinstance(given, dict):
        raise bad_request("can't parse InputRichMessage: expected an Object")
    forms = [name for name in FORMS if given.get(name)]
    if len(forms) != 1:
        raise bad_request("message text is empty" if not forms else "RICH_MESSAGE_INVALID")
    blocks = given["blocks"] if forms == ["blocks"] else _paragraphs(str(given[forms[0]]))
    if not isinstance(blocks, list) or not all(isinstance(one, dict) for one in blocks):
        raise bad_request("can't parse InputRichMessage: expected an Array of InputRichBlock")
    value: Json = {"blocks": blocks}
    if given.get("is_rtl"):
        value["is_rtl"] = True
    return Special(kind="rich_message", value=value)


def _paragraphs(source: str) -> list[Json]:
    parts = re.split(r"\n\s*\n|\x00+", _TAG.sub("\x00", source))
    texts = [formatted(part.strip(), "", None)[0] for part in parts if part.strip(" \n\x00")]
    if not texts:
        raise bad_request("message text is empty")
    return [{"type": "paragraph", "text": text} for text in texts]
