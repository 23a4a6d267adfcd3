"""While looking through a tenant's eyes: the step after which things may be changed."""

from controlbot.dialogs.impersonation.windows import build_viewing

__all__ = ["build_viewing"]
