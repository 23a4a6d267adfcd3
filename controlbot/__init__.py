"""The master bot and the composition root: the only package that reads settings and builds objects."""
