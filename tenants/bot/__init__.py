"""The one dispatcher of all tenants' bots, and the features it runs."""
