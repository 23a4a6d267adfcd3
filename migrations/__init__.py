"""Schema migrations (Alembic). Run by tenants/store/migrations.py."""
