"""Values, errors, events and ports. It imports nothing else of this project."""
