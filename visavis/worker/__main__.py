"""`python -m visavis.worker`: one worker process, as `visavis worker` and `visavis up` start it."""

import argparse
import asyncio
import sys

from visavis.bootstrap.logs import log_to_stderr
from visavis.domain.errors import VisavisError
from visavis.settings import load_settings
from visavis.wire.errors import exit_code
from visavis.worker.run import work


def main() -> int:
    """Settings come from the environment and `visavis.toml`."""
    parser = argparse.ArgumentParser(prog="visavis worker")
    parser.add_argument("--until-idle", action="store_true", help="end when nothing waits")
    given = parser.parse_args()
    log_to_stderr("worker")
    try:
        asyncio.run(work(load_settings(), until_idle=given.until_idle))
    except VisavisError as error:
        sys.stderr.write(f"error: {error.message}\nhint: {error.advice}\n")
        return exit_code(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
