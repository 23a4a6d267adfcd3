"""Refusals of Telegram with the Bot API's descriptions.

The Bot API sends ``error_code``, ``description`` and ``parameters`` unchanged; the
MTProto server maps them to its own names.
https://core.telegram.org/bots/api#making-requests
"""

from __future__ import annotations


class ApiError(Exception):
    """A refusal.

    Args:
        code: the Bot API's ``error_code``, which is also the HTTP status.
        description: Telegram's text with its prefix ("Bad Request: …").
        retry_after: seconds to wait, for 429.
        migrate_to: the supergroup a basic group has become.
    """

    def __init__(
        self,
        code: int,
        description: str,
        *,
        retry_after: int | None = None,
        migrate_to: int | None = None,
    ) -> None:
        super().__init__(code, description)
        self.code = code
        self.description = description
        self.retry_after = retry_after
        self.migrate_to = migrate_to

    def __str__(self) -> str:
        return f"{self.code} {self.description}"


def bad_request(words: str) -> ApiError:
    return ApiError(400, f"Bad Request: {words}")


def forbidden(words: str) -> ApiError:
    return ApiError(403, f"Forbidden: {words}")


def conflict(words: str) -> ApiError:
    return ApiError(409, f"Conflict: {words}")


def too_many_requests(seconds: int) -> ApiError:
    return ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def chat_not_found() -> ApiError:
    return bad_request("chat not found")
