"""``language_code`` of a bot's descriptions and commands.

https://core.telegram.org/bots/api#setmycommands
"""

from __future__ import annotations

import re

from sandbox.botapi.request import Call
from sandbox.world.errors import bad_request

_CODE = re.compile(r"(?:[a-z]{2,3})?", re.ASCII)


def language_code(call: Call) -> str:
    """Two (or three) letters, or none for everybody.

    https://github.com/tdlib/td (``validate_bot_language_code``)

    Raises:
        ApiError: 400 invalid language code specified.
    """
    code = call.params.text("language_code")
    if not _CODE.fullmatch(code):
        raise bad_request("invalid language code specified")
    return code
