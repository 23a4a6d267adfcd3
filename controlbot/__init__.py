"""The control bot and the composition root; the only package that reads settings."""
