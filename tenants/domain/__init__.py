"""Values, errors, events and ports. Imports no other package of this project."""
