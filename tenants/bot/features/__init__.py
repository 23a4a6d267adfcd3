"""Features of tenants' bots: plug-ins, built-in and third-party."""
