"""``python -m controlbot``."""

from controlbot.cli import main

main(prog_name="controlbot")
