"""Ten million comparisons, with intervals, fit in two gigabytes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

SCRIPT = Path(__file__).with_name("evaluation_memory.py")


def test_ten_million_comparisons_fit_in_two_gigabytes() -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "10000000"], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert found["non_mated"] == 10_000_000
    assert found["searches"] == 2
    assert len(found["intervals"]) == 4
    assert all(low <= value <= high for low, value, high in found["intervals"])
    assert found["peak_bytes"] < 2 * 1024**3
