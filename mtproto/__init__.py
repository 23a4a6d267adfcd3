"""People's own Telegram accounts over MTProto: login, sealed sessions, the pool."""
