"""``python -m controlbot``."""

from controlbot.cli.main import main

main(prog_name="controlbot")
