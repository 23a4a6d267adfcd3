"""As :mod:`bench.noisy_neighbour`, with our pacing off: no rate limit for the noisy tenant."""

from __future__ import annotations

from bench.noisy_neighbour import main

if __name__ == "__main__":
    main(paced=False)
