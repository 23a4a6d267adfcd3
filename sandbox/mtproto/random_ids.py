"""Clients' random ids of sent messages, so that none is sent twice.

https://core.telegram.org/method/messages.sendMessage (RANDOM_ID_DUPLICATE)
"""

from __future__ import annotations

from collections import OrderedDict

from sandbox.mtproto.errors import RpcRefusal

REMEMBERED = 10_000


class Sent:
    def __init__(self) -> None:
        self._ids: OrderedDict[tuple[int, int], None] = OrderedDict()

    def check(self, account_id: int, random_id: int) -> None:
        """Raises RpcRefusal: 500 RANDOM_ID_DUPLICATE."""
        if (account_id, random_id) in self._ids:
            raise RpcRefusal(500, "RANDOM_ID_DUPLICATE")

    def note(self, account_id: int, random_id: int) -> None:
        self._ids[account_id, random_id] = None
        if len(self._ids) > REMEMBERED:
            self._ids.popitem(last=False)
