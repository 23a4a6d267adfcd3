"""The master bot and the composition root: the one package that reads settings."""
