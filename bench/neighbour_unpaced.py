"""As :mod:`bench.neighbour`, with our pacing off: the loud tenant gets all it can take."""

from __future__ import annotations

from bench.neighbour import main

if __name__ == "__main__":
    main(paced=False)
