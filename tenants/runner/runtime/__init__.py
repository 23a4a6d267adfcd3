"""A tenant's runtime objects: loading, lifecycle, contexts."""
