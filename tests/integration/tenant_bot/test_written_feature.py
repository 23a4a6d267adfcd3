"""The example in docs/writing-a-feature.md works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.support.runner_env import open_yard, until

PAGE = Path(__file__).parents[3] / "docs" / "writing-a-feature.md"


async def test_the_example_works_once_it_is_switched_on(tmp_path: Path) -> None:
    source = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert source is not None
    names: dict[str, Any] = {"__name__": "coffee_shop.feature"}
    exec(source[1], names)
    async with open_yard(tmp_path, features=[names["FEATURE"]]) as yard:
        owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
        tenant, bot = await yard.online(owner)
        actor = await yard.services.access.actor_for(tenant.owner_id)
        await yard.services.features.set(
            actor, tenant.id, "coffee", enabled=True, options={"price": 5}
        )

        async def switched_on() -> bool:
            entry = yard.runner._parts.supervisor.entry(tenant.id)
            runtime = entry.runtime if entry else None
            return runtime is not None and "coffee" in runtime.context.features.options

        await until(switched_on)
        await anna.send(bot.id, "/coffee")
        await anna.wait_for(bot.id, lambda m: m.text == "A cup is 5.", "the price")
