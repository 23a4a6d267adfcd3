"""The dispatcher shared by all tenants' bots, and the features it runs."""
