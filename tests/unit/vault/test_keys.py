"""Where the master key comes from."""

from __future__ import annotations

import base64
import sys
from pathlib import Path

import pytest

from tenants.domain.errors import MasterKeyMissing
from tenants.security.master_keys import (
    CommandKeyProvider,
    EnvKeyProvider,
    FileKeyProvider,
    MasterKey,
    new_master_key,
    parse_keys,
)


async def test_a_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    keys = FileKeyProvider(tmp_path / "data" / "master.key")
    with pytest.raises(MasterKeyMissing) as missing:
        await keys.current()
    assert missing.value.params["why"] == "no_file"
    await keys.create()
    assert keys.path.stat().st_mode & 0o777 == 0o600
    key_id, key = await keys.current()
    await keys.create()
    assert await FileKeyProvider(keys.path).by_id(key_id) == key
    assert list(keys.path.parent.iterdir()) == [keys.path]


async def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    keys = FileKeyProvider(tmp_path / "master.key")
    await keys.create()
    keys.path.chmod(0o640)
    with pytest.raises(MasterKeyMissing) as refused:
        await FileKeyProvider(keys.path).current()
    assert refused.value.params["why"] == "permissions"
    keys.path.chmod(0o400)
    assert await FileKeyProvider(keys.path).current()


async def test_another_process_changing_the_file_is_seen(tmp_path: Path) -> None:
    keys = FileKeyProvider(tmp_path / "master.key")
    await keys.create()
    old, _ = await keys.current()
    other = FileKeyProvider(keys.path)
    await other.begin_rotation()
    assert (await keys.ids())[1] == old
    assert (await keys.current())[0] == (await other.current())[0] != old
    await other.retire()
    with pytest.raises(MasterKeyMissing):
        await keys.by_id(old)


async def test_a_command(tmp_path: Path) -> None:
    key, ran = new_master_key(), tmp_path / "ran"
    script = f"open({str(ran)!r}, 'a').write('x'); print({key.line()!r})"
    keys = CommandKeyProvider(f'{sys.executable} -c "{script}"')
    assert await keys.current() == (key.key_id, key.key)
    assert await keys.by_id(key.key_id) == key.key
    assert ran.read_text() == "x"
    with pytest.raises(MasterKeyMissing) as missing:
        await keys.by_id("other")
    assert missing.value.params["key_id"] == "other"


async def test_a_failing_command() -> None:
    with pytest.raises(MasterKeyMissing) as failed:
        await CommandKeyProvider("exit 3").current()
    assert (failed.value.params["why"], failed.value.params["status"]) == ("command_failed", 3)


async def test_the_environment() -> None:
    old, new = new_master_key(), new_master_key()
    keys = EnvKeyProvider(f"{new.line()},{old.line()}")
    assert await keys.ids() == [new.key_id, old.key_id]
    assert await keys.by_id(old.key_id) == old.key
    await keys.create()
    await keys.begin_rotation()
    await keys.retire()
    assert await keys.ids() == [new.key_id, old.key_id]


@pytest.mark.parametrize("text", ["", "# only words\n", "abc", base64.b64encode(b"short").decode()])
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(MasterKeyMissing) as refused:
        parse_keys(text, "here")
    assert refused.value.params["where"] == "here"


def test_a_key_is_not_shown() -> None:
    key = MasterKey.of(b"k" * 32)
    assert "kkkk" not in repr(key)
    assert key.line() not in repr(key)
    assert key.key_id != MasterKey.of(b"l" * 32).key_id


def test_a_comment_may_hold_a_comma() -> None:
    key = new_master_key()
    assert parse_keys(f"# one, two\n\n {key.line()} ,\n", "here") == [key]


async def test_of_two_that_start_at_once_one_makes_the_key(tmp_path: Path) -> None:
    """Whoever is second must not replace the key under which the first has sealed."""
    path = tmp_path / "master.key"
    first, second = FileKeyProvider(path), FileKeyProvider(path)
    line = new_master_key().line()
    assert first._write([line], fresh=True)
    assert not second._write([new_master_key().line()], fresh=True)
    assert path.read_text().endswith(f"{line}\n")
    assert list(tmp_path.iterdir()) == [path]


async def test_what_cannot_be_read_is_not_rotated_away(tmp_path: Path) -> None:
    keys = FileKeyProvider(tmp_path / "master.key")
    await keys.create()
    keys.path.write_bytes("ключ\n".encode())
    with pytest.raises(MasterKeyMissing) as refused:
        await keys.begin_rotation()
    assert refused.value.params["why"] == "malformed"
    assert keys.path.read_bytes() == "ключ\n".encode()
