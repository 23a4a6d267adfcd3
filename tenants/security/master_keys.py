"""Sources of the master key (key-encryption key): a file, a command, the environment.

A source holds one key per line, in base64: the first is in use, the others were used before
and are needed while a rotation runs. The key is never in the database or its backups.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

import structlog

from tenants.domain.errors import MasterKeyMissing

log = structlog.get_logger(__name__)

KEY_BYTES: Final = 32
_COMMAND_SECONDS: Final = 30
_COMMAND_FRESH_SECONDS: Final = 60.0
_OTHERS_BITS: Final = 0o077


@dataclass(frozen=True, slots=True)
class MasterKey:
    """A key and its public fingerprint."""

    key_id: str
    key: bytes = field(repr=False)

    @classmethod
    def of(cls, key: bytes) -> MasterKey:
        return cls(hashlib.sha256(b"controlbot master key id\0" + key).hexdigest()[:16], key)

    def line(self) -> str:
        return base64.b64encode(self.key).decode()


def new_master_key() -> MasterKey:
    return MasterKey.of(os.urandom(KEY_BYTES))


def parse_keys(text: str, where: str) -> list[MasterKey]:
    """Read keys, one a line (or comma-separated); empty lines and ``#`` lines are skipped.

    Raises:
        MasterKeyMissing: there is none, or a line is not 32 bytes in base64.
    """
    keys = [_parse(line, where) for line in key_lines(text)]
    if not keys:
        raise MasterKeyMissing(key_id="", where=where, why="empty")
    return keys


def key_lines(text: str) -> list[str]:
    """The lines of a source that hold a key."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    return [key for line in lines for part in line.split(",") if (key := part.strip())]


def _parse(line: str, where: str) -> MasterKey:
    try:
        key = base64.b64decode(line, validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise MasterKeyMissing(key_id="", where=where, why="malformed") from None
    return MasterKey.of(key)


class _Provider:
    """Base class of the sources; a subclass reads its text."""

    where: str

    async def _keys(self, *, fresh: bool = False) -> list[MasterKey]:
        raise NotImplementedError

    async def current(self) -> tuple[str, bytes]:
        first = (await self._keys())[0]
        return first.key_id, first.key

    async def by_id(self, key_id: str) -> bytes:
        for fresh in (False, True):
            for key in await self._keys(fresh=fresh):
                if key.key_id == key_id:
                    return key.key
        raise MasterKeyMissing(key_id=key_id, where=self.where)

    async def ids(self) -> list[str]:
        """Fingerprints of all keys in the source, the one in use first."""
        return [key.key_id for key in await self._keys(fresh=True)]

    async def create(self) -> None:
        """Only the file source can write; the others have to be changed by a person."""

    async def begin_rotation(self) -> None:
        """See :meth:`create`."""

    async def retire(self) -> None:
        """See :meth:`create`."""

    async def require_usable(self) -> None:
        """Check that there is a key, or that one can be created. Creates nothing.

        Raises:
            MasterKeyMissing: the source has none and cannot be written, or it is damaged.
        """
        try:
            await self.ids()
        except MasterKeyMissing as error:
            if error.params.get("why") != "no_file":
                raise


class FileKeyProvider(_Provider):
    """A file that only its owner may read (0600 or 0400), created on the first run."""

    about: ClassVar[str] = "controlbot's master key. Back it up; show it to nobody."

    def __init__(self, path: Path, made: Callable[[Path], None] | None = None) -> None:
        """``made`` is called for a new key, to ask for a backup; without it, that is logged."""
        self.path = path
        self.where = str(path)
        self._made = made or _log_new_key
        self._seen: tuple[int, int] | None = None
        self._read: list[MasterKey] = []

    async def create(self) -> None:
        """Write a new key, unless the file exists."""
        if self.path.exists():
            return
        line = await self._new_line()
        if await asyncio.to_thread(self._write, [line], fresh=True):
            self._made(self.path)

    async def begin_rotation(self) -> None:
        """Insert a new key first; the one used so far stays after it."""
        await self._keys(fresh=True)  # Do not overwrite a file that cannot be read.
        lines, fresh = self._lines(), await self._new_line()
        await asyncio.to_thread(self._write, [fresh, *lines])

    async def retire(self) -> None:
        """Keep only the key in use."""
        await self._keys(fresh=True)
        await asyncio.to_thread(self._write, self._lines()[:1])

    async def _keys(self, *, fresh: bool = False) -> list[MasterKey]:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            raise MasterKeyMissing(key_id="", where=self.where, why="no_file") from None
        seen = (status.st_mtime_ns, status.st_ino)
        if fresh or seen != self._seen:
            self._read = await self._parse(self._lines())
            self._seen = seen
        return self._read

    async def _parse(self, lines: list[str]) -> list[MasterKey]:
        return parse_keys("\n".join(lines), self.where)

    async def _new_line(self) -> str:
        return new_master_key().line()

    def _lines(self) -> list[str]:
        """The file's lines. Opened once: mode check and read use the same handle, so they
        apply to the same file."""
        with self.path.open(encoding="ascii", errors="replace") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name == "posix" and mode & _OTHERS_BITS:
                raise MasterKeyMissing(key_id="", where=self.where, why="permissions")
            return key_lines(file.read())

    def _write(self, lines: list[str], *, fresh: bool = False) -> bool:
        """Replace the file atomically: a crash leaves the old one or the new one.

        With ``fresh`` an existing file is not replaced: of two processes that start at the
        same time one creates the key. False for the other.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.writelines(f"{line}\n" for line in [f"# {self.about}", *lines])
                file.flush()
                os.fsync(file.fileno())
            if fresh:
                self.path.hardlink_to(temporary)
            else:
                Path(temporary).replace(self.path)
            _sync_folder(self.path.parent)
        except FileExistsError:
            return False
        finally:
            Path(temporary).unlink(missing_ok=True)
        return True


class CommandKeyProvider(_Provider):
    """The output of a command, for a KMS or a password manager.

    Run once a minute at most, and again when a key is requested that it did not print.
    """

    def __init__(self, command: str) -> None:
        self._command = command
        self.where = "the key command"
        self._read: list[MasterKey] = []
        self._read_at = float("-inf")

    async def _keys(self, *, fresh: bool = False) -> list[MasterKey]:
        if fresh or time.monotonic() - self._read_at > _COMMAND_FRESH_SECONDS:
            self._read = parse_keys(await self._output(), self.where)
            self._read_at = time.monotonic()
        return self._read

    async def _output(self) -> str:
        process = await asyncio.create_subprocess_shell(
            self._command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), _COMMAND_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise MasterKeyMissing(key_id="", where=self.where, why="timeout") from None
        if process.returncode != 0:
            raise MasterKeyMissing(
                key_id="", where=self.where, why="command_failed", status=process.returncode
            )
        return output.decode("ascii", "replace")


class EnvKeyProvider(_Provider):
    """A value from the environment, for development."""

    def __init__(self, value: str, name: str = "CONTROLBOT_MASTER_KEY") -> None:
        self.where = name
        self._value = value

    async def _keys(self, *, fresh: bool = False) -> list[MasterKey]:
        del fresh
        return parse_keys(self._value, self.where)


def _log_new_key(path: Path) -> None:
    log.warning(
        "made a new master key: back this file up, away from the database;"
        " without it every stored token and session is lost",
        path=str(path),
    )


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
