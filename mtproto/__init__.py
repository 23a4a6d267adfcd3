"""Users' own Telegram accounts over MTProto: login, sealed sessions, the account pool."""
