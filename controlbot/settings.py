"""All settings, from the environment or ``.env``. Their names are fixed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from tenants.domain.errors import MalformedToken, PlatformError
from tenants.domain.model import BotToken, Secret, UserId

TELEGRAM_API_URL = "https://api.telegram.org"
API_HASH: Final = re.compile(r"[0-9a-fA-F]{32}")
"""As https://my.telegram.org/apps shows it."""
WEBHOOK_PORTS: Final = (443, 80, 88, 8443)
"""https://core.telegram.org/bots/api#setwebhook"""
LoginMethod = Literal["qr", "phone"]


class SettingRefused(PlatformError):
    """A setting is well-formed but invalid. Params: ``name``, ``why``."""

    code = "setting_refused"


def _split_commas(value: object) -> object:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, int):
        return [value]
    return value


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


class Address(tuple[str, int]):
    """``host:port``; an IPv6 host is in brackets."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: object) -> Address:
        if isinstance(text, tuple):
            return cls((str(text[0]), int(text[1])))
        host, colon, port = str(text).rpartition(":")
        if not colon or not host or not port.isdigit() or not 0 <= int(port) <= 65535:
            raise ValueError("expected host:port, for example 127.0.0.1:8080")
        return cls((host.strip("[]"), int(port)))

    @property
    def host(self) -> str:
        return self[0]

    @property
    def port(self) -> int:
        return self[1]

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


Commas = BeforeValidator(_split_commas)
OrNone = BeforeValidator(_empty_is_none)
HostPort = Annotated[Any, BeforeValidator(Address.parse)]


class Settings(BaseSettings):
    """The platform's settings. An unset ``token`` means that nothing has been set up yet."""

    model_config = SettingsConfigDict(
        env_prefix="CONTROLBOT_",
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        hide_input_in_errors=True,
        frozen=True,
    )

    token: Annotated[SecretStr | None, OrNone] = None
    owners: Annotated[tuple[int, ...], NoDecode, Commas] = ()
    data_dir: Path = Path("data")
    database_url: Annotated[str | None, OrNone] = None

    master_key_file: Annotated[Path | None, OrNone] = None
    master_key_command: Annotated[str | None, OrNone] = None
    master_key: Annotated[SecretStr | None, OrNone] = None
    master_key_vault: Annotated[str | None, OrNone] = None

    bot_api_url: str = TELEGRAM_API_URL
    mtproto_server: Annotated[str | None, OrNone] = None
    mtproto_dc: int = Field(default=2, ge=1, le=9999)
    mtproto_public_key_file: Annotated[Path | None, OrNone] = None
    api_id: Annotated[int | None, OrNone] = None
    api_hash: Annotated[SecretStr | None, OrNone] = None

    webhook_url: Annotated[str | None, OrNone] = None
    listen: HostPort = Address(("127.0.0.1", 8080))
    login_methods: Annotated[tuple[LoginMethod, ...], NoDecode, Commas] = ("qr", "phone")
    max_bots_per_user: int = Field(default=1, ge=1)

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "console"

    @model_validator(mode="after")
    def _one_master_key(self) -> Self:
        given = (
            self.master_key_file,
            self.master_key_command,
            self.master_key,
            self.master_key_vault,
        )
        if sum(value is not None for value in given) > 1:
            raise ValueError(
                "set only one of CONTROLBOT_MASTER_KEY_FILE, CONTROLBOT_MASTER_KEY_COMMAND, "
                "CONTROLBOT_MASTER_KEY_VAULT and CONTROLBOT_MASTER_KEY"
            )
        return self

    @model_validator(mode="after")
    def _token_has_its_shape(self) -> Self:
        if self.token is not None:
            try:
                BotToken.parse(self.token.get_secret_value())
            except MalformedToken:
                raise ValueError("CONTROLBOT_TOKEN is not a bot token (123456789:AA…)") from None
        return self

    @model_validator(mode="after")
    def _database_is_one_we_speak(self) -> Self:
        scheme = (self.database_url or "sqlite:").partition(":")[0].partition("+")[0]
        if scheme not in {"sqlite", "postgresql", "postgres"}:
            raise ValueError(
                "CONTROLBOT_DATABASE_URL begins with sqlite:/// or postgresql://; "
                "other databases are not supported"
            )
        return self

    @model_validator(mode="after")
    def _own_mtproto_server_has_its_key(self) -> Self:
        if self.mtproto_server is not None and self.mtproto_public_key_file is None:
            raise ValueError(
                "CONTROLBOT_MTPROTO_SERVER needs its key: CONTROLBOT_MTPROTO_PUBLIC_KEY_FILE"
            )
        return self

    @model_validator(mode="after")
    def _bot_api_is_a_web_address(self) -> Self:
        url = urlsplit(self.bot_api_url)
        if url.scheme not in {"http", "https"} or not url.hostname:
            raise ValueError(f"CONTROLBOT_BOT_API_URL is not a web address ({TELEGRAM_API_URL})")
        return self

    @model_validator(mode="after")
    def _api_credentials_have_their_shape(self) -> Self:
        if (self.api_id is None) != (self.api_hash is None):
            raise ValueError(
                "CONTROLBOT_API_ID and CONTROLBOT_API_HASH belong together: set both or none "
                "(https://my.telegram.org shows them)"
            )
        if self.api_hash is not None and not API_HASH.fullmatch(self.api_hash.get_secret_value()):
            raise ValueError(
                "CONTROLBOT_API_HASH is not an api_hash (32 digits and letters a to f; "
                "https://my.telegram.org shows yours)"
            )
        return self

    @model_validator(mode="after")
    def _webhook_is_one_telegram_takes(self) -> Self:
        if self.webhook_url is None:
            return self
        url = urlsplit(self.webhook_url)
        if url.scheme not in {"http", "https"} or not url.hostname:
            raise ValueError("CONTROLBOT_WEBHOOK_URL is not a web address (https://host/path)")
        if self.bot_api_url.rstrip("/") != TELEGRAM_API_URL:
            return self  # A self-hosted Bot API server accepts http and any port.
        if url.scheme != "https":
            raise ValueError("CONTROLBOT_WEBHOOK_URL begins with https://: Telegram takes no http")
        if url.port not in (None, *WEBHOOK_PORTS):
            raise ValueError(
                "CONTROLBOT_WEBHOOK_URL has a port that Telegram does not send to; it takes "
                "443, 80, 88 and 8443"
            )
        return self

    @property
    def api_server(self) -> str:
        """The Bot API server for messages: "Telegram", or another server's address."""
        if self.bot_api_url.rstrip("/") == TELEGRAM_API_URL:
            return "Telegram"
        return f"The Bot API server {self.bot_api_url}"

    @property
    def bot_token(self) -> BotToken:
        """The control bot's token.

        Raises:
            MalformedToken: there is none.
        """
        if self.token is None:
            raise MalformedToken()
        return BotToken.parse(self.token.get_secret_value())

    @property
    def owner_ids(self) -> frozenset[UserId]:
        return frozenset(UserId(user_id) for user_id in self.owners)

    @property
    def address(self) -> Address:
        assert isinstance(self.listen, Address)
        return self.listen

    @property
    def database(self) -> str:
        """The SQLAlchemy URL, by default SQLite in the data directory."""
        if self.database_url:
            return self.database_url
        return f"sqlite+aiosqlite:///{(self.data_dir / 'controlbot.db').resolve()}"

    @property
    def key_file(self) -> Path:
        """Path of the master key when neither a command nor the environment provides it."""
        return self.master_key_file or self.data_dir / "master.key"

    @property
    def telegram_app(self) -> tuple[int, Secret] | None:
        """The platform's api_id and api_hash (https://my.telegram.org), if both are set."""
        if self.api_id is None or self.api_hash is None:
            return None
        return self.api_id, Secret(self.api_hash.get_secret_value())


PLAIN = {
    "int_parsing": "expected a whole number",
    "int_type": "expected a whole number",
}
"""Replacements for pydantic's error messages, by error type."""


def explain(error: ValidationError) -> list[str]:
    """One sentence for each invalid setting, without the values."""
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        where = "_".join(str(part) for part in problem["loc"][:1]).upper()
        name = f"CONTROLBOT_{where}: " if where else ""
        said = PLAIN.get(problem["type"]) or problem["msg"].removeprefix("Value error, ")
        lines.append(name + said)
    return lines


def sqlite_file(settings: Settings) -> Path | None:
    """The database's file; None for another kind of database."""
    from tenants.store import normalise

    url = normalise(settings.database)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
