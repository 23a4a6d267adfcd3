"""How much is broken: a little with ``make test``, everything with ``make faults``."""

from __future__ import annotations

import os
from typing import Final

FULL: Final = os.environ.get("CONTROLBOT_TEST_FAULTS") == "full"
