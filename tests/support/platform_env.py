"""A sandbox with a control bot, its owner and a directory: all a platform needs to play on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.sandbox_client import ControlApi, NewBot, Person

if TYPE_CHECKING:
    from controlbot.settings import Settings

API_ID = 12345
API_HASH = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where a story plays. The sandbox behind it may be in this process or another."""

    api: ControlApi
    mtproto: str
    key_file: Path
    owner: Person
    control: NewBot
    data_dir: Path

    @property
    def chat(self) -> str:
        """The control bot, as people write to it."""
        return f"@{self.control.username}"

    def environment(self, **more: str) -> dict[str, str]:
        """The settings as a process gets them."""
        return {
            "CONTROLBOT_TOKEN": self.control.token,
            "CONTROLBOT_OWNERS": str(self.owner.id),
            "CONTROLBOT_DATA_DIR": str(self.data_dir),
            "CONTROLBOT_BOT_API_URL": self.api.url,
            "CONTROLBOT_MTPROTO_SERVER": self.mtproto,
            "CONTROLBOT_MTPROTO_PUBLIC_KEY_FILE": str(self.key_file),
            "CONTROLBOT_API_ID": str(API_ID),
            "CONTROLBOT_API_HASH": API_HASH,
            "CONTROLBOT_LISTEN": "127.0.0.1:0",
            **more,
        }

    def settings(self, **more: str) -> Settings:
        """The same settings for a platform in this process; names as in ``environment``."""
        from controlbot.settings import Settings

        values: dict[str, Any] = {
            name.removeprefix("CONTROLBOT_").lower(): value
            for name, value in self.environment(**more).items()
        }
        return Settings(_env_file=None, **values)


async def set_stage(api: ControlApi, directory: Path, *, can_manage_bots: bool = False) -> Stage:
    """Bring a platform owner and their control bot into an empty world."""
    health = await api.call("GET", "health")
    key_file = directory / "mtproto.pem"
    key_file.write_text(health["public_key"], "ascii")
    owner = await api.person("Olga", username="olga_hosts", language_code="en")
    control = await api.bot(
        owner, "House of Bots", "house_of_bots_bot", can_manage_bots=can_manage_bots
    )
    return Stage(
        api=api,
        mtproto=health["mtproto"],
        key_file=key_file,
        owner=owner,
        control=control,
        data_dir=directory / "data",
    )


async def demo_stage(api: ControlApi, directory: Path) -> Stage:
    """The stage that the demo's seed has set."""
    health, demo = await api.call("GET", "health"), await api.call("GET", "demo")
    key_file = directory / "mtproto.pem"
    key_file.write_text(health["public_key"], "ascii")
    owner = next(raw for raw in await api.call("GET", "accounts") if raw["id"] == demo["owner_id"])
    token = demo["control_token"]
    return Stage(
        api=api,
        mtproto=health["mtproto"],
        key_file=key_file,
        owner=Person(api, owner),
        control=NewBot(
            id=int(token.partition(":")[0]), username=demo["control_username"], token=token
        ),
        data_dir=directory / "data",
    )
