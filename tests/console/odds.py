"""Rates, and how the console says them: on the server and in scripts of its pages."""

from typing import Final

ODDS: Final[tuple[tuple[float | None, str], ...]] = (
    (None, "–"),
    (0.0, "–"),
    (-1.0, "–"),
    (1.0, "100 %"),
    (0.25, "25 %"),
    (0.125, "13 %"),
    (0.1, "10 %"),
    (0.099, "1 in 10"),
    (0.02, "1 in 50"),
    (0.0105, "1 in 95"),
    (1 / 1150, "1 in 1,200"),
    (1e-3, "1 in 1,000"),
    (1 / 1250, "1 in 1,300"),
    (1e-4, "1 in 10,000"),
    (3.3e-6, "1 in 300,000"),
    (1 / 996_000, "1 in a million"),
    (1e-6, "1 in a million"),
    (1 / 1_564_000, "1 in 1.6 million"),
    (1 / 2e6, "1 in 2 million"),
    (2e-8, "1 in 50 million"),
    (1 / 407e6, "1 in 410 million"),
    (1.004e-9, "1 in a billion"),
    (1e-9, "1 in a billion"),
    (1 / 1.564e9, "fewer than 1 in a billion"),
    (9.9e-10, "fewer than 1 in a billion"),
    (1e-300, "fewer than 1 in a billion"),
)
