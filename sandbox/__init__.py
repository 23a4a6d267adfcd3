"""A simulated Telegram on loopback: Bot API over HTTP and MTProto over TCP, sharing one world."""
