"""`python -m visavis.worker`: one worker process, as `visavis worker` and `visavis up` start it."""

import argparse
import asyncio
import sys

from visavis.bootstrap.process import run_process
from visavis.worker.run import work


def main() -> int:
    parser = argparse.ArgumentParser(prog="visavis worker")
    parser.add_argument("--until-idle", action="store_true", help="end when nothing waits")
    given = parser.parse_args()
    return run_process("worker", lambda settings: asyncio.run(work(settings, until_idle=given.until_idle)))


if __name__ == "__main__":
    sys.exit(main())
