"""The world's values as MTProto shows them, and clients' forms as the world takes them."""
