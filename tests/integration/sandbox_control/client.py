"""Asking the control API, in few words."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient


class Api:
    def __init__(self, client: TestClient[web.Request, web.Application]) -> None:
        self.client = client

    async def ask(self, verb: str, path: str, body: object = None, *, status: int = 200) -> Any:
        """The JSON answered; asserts its status."""
        async with self.client.request(verb, f"/sandbox/{path}", json=body) as response:
            answer = await response.json()
            assert response.status == status, answer
            return answer

    async def get(self, path: str, *, status: int = 200) -> Any:
        return await self.ask("GET", path, status=status)

    async def post(self, path: str, body: object, *, status: int = 200) -> Any:
        return await self.ask("POST", path, body, status=status)

    async def delete(self, path: str, *, status: int = 200) -> Any:
        return await self.ask("DELETE", path, status=status)
