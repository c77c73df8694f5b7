"""The outermost frame of a server's process."""

import sys
from collections.abc import Callable

from visavis.bootstrap.logs import log_to_stderr
from visavis.domain.errors import VisavisError
from visavis.settings import Settings, load_settings
from visavis.wire.errors import exit_code


def run_process(name: str, work: Callable[[Settings], None]) -> int:
    """Logs as `name`, takes its settings from the environment and `visavis.toml`, and works; the exit code."""
    log_to_stderr(name)
    try:
        work(load_settings())
    except VisavisError as error:
        sys.stderr.write(f"error: {error.message}\nhint: {error.advice}\n")
        return exit_code(error)
    return 0
