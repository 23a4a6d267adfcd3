"""What a bot's owner, BotFather and foreign programs do to a bot, over the control API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Call = Callable[..., Awaitable[Any]]
"""``ControlApi.call``: (verb, path, body, **query)."""


class BotControl:
    """One bot; ``ControlApi.bot_control(bot_id)`` makes it."""

    def __init__(self, call: Call, bot_id: int) -> None:
        self._call = call
        self._path = f"bots/{bot_id}"

    async def _post(self, what: str, body: Mapping[str, object] | None = None) -> Any:
        return await self._call("POST", f"{self._path}/{what}", dict(body or {}))

    # --- BotFather ---------------------------------------------------------------------------

    async def rename(self, *, name: str | None = None, username: str | None = None) -> None:
        await self.change(name=name, username=username)

    async def change(self, **fields: object) -> None:
        """``name``, ``username``, ``can_manage_bots``, ``privacy``, ``topics_enabled`` …"""
        body = {key: value for key, value in fields.items() if value is not None}
        await self._call("PATCH", self._path, body)

    async def delete(self) -> None:
        await self._call("DELETE", self._path)

    async def transfer(self, new_owner_id: int) -> None:
        await self._post("transfer", {"owner": new_owner_id})

    async def revoke(self) -> str:
        """The new token; the old one is answered with 401."""
        return str((await self._post("revoke"))["token"])

    # --- Updates -----------------------------------------------------------------------------

    async def queue_update(self, update: Mapping[str, object]) -> int:
        """Queue an update as it stands; answers with its ``update_id``."""
        return int((await self._post("updates", {"update": update}))["update_id"])

    async def queue_text(self, text: str) -> None:
        """Queue the text of an update, which need not be good JSON."""
        await self._post("updates", {"json": text})

    async def pending(self) -> list[str]:
        """Updates nobody has confirmed yet, as text."""
        return list(await self._call("GET", f"{self._path}/updates"))

    async def override_updates(
        self,
        *,
        kind: str | None = None,
        set: Mapping[str, object] | None = None,  # noqa: A002 - the control API's own name
        drop: tuple[str, ...] = (),
        times: int | None = None,
    ) -> None:
        """Change updates to come: paths are like ``message.forward_origin.type``."""
        body: dict[str, object] = {"set": dict(set or {}), "drop": list(drop)}
        if kind is not None:
            body["kind"] = kind
        if times is not None:
            body["times"] = times
        await self._post("update-overrides", body)

    async def clear_overrides(self) -> None:
        await self._call("DELETE", f"{self._path}/update-overrides")

    async def jump_update_id(self, following: int | None = None) -> int:
        """The next update's id; random unless given. Needs an empty queue to go back."""
        body = {} if following is None else {"next": following}
        return int((await self._post("update-id", body))["next"])

    # --- Other programs ----------------------------------------------------------------------

    async def set_foreign_webhook(
        self, url: str = "http://127.0.0.1:9/elsewhere", *, error: str | None = None
    ) -> None:
        """Another program sets the bot's webhook; ``error`` is its server's last failure."""
        await self._post("webhook", {"url": url, **({"error": error} if error else {})})

    async def drop_foreign_webhook(self) -> None:
        await self._call("DELETE", f"{self._path}/webhook")

    async def start_foreign_poller(self) -> None:
        await self._post("poller")

    async def stop_foreign_poller(self) -> int:
        """How many updates it has taken."""
        return int((await self._call("DELETE", f"{self._path}/poller"))["taken"])
