"""A Telegram in a box: Bot API over HTTP, MTProto over TCP, one world behind both, on loopback."""
