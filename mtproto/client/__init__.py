"""The Telethon client: its session in the database, the server's address, error map."""
