"""Worker processes of an installation."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def a_worker(environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Killed at the end, if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "visavis.worker"], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
