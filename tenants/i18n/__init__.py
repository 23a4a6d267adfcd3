"""Message catalogs: translation at run time, and their check."""
