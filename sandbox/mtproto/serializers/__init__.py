"""Conversion between the world's values and TL objects."""
