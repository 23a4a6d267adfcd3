"""The schema's history (Alembic). Run by tenants/store/migrations.py."""
