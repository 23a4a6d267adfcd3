"""``controlbot doctor``: checks of the system, the settings and the stored data."""
