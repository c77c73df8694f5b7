"""`python -m visavis.api`: one API process, as `visavis serve` and `visavis up` start it."""

import argparse
import asyncio
import socket
import sys

import uvloop

from visavis.api.run import serve
from visavis.bootstrap.logs import log_to_stderr
from visavis.domain.errors import VisavisError
from visavis.settings import load_settings
from visavis.wire.errors import exit_code


def main() -> int:
    """Settings come from the environment and `visavis.toml`."""
    parser = argparse.ArgumentParser(prog="visavis serve")
    parser.add_argument("--listen-on", type=int, default=None, help="descriptor of a socket that listens")
    given = parser.parse_args()
    log_to_stderr("api")
    try:
        settings = load_settings()
        sockets = None if given.listen_on is None else [socket.socket(fileno=given.listen_on)]
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(settings, sockets))
    except VisavisError as error:
        sys.stderr.write(f"error: {error.message}\nhint: {error.advice}\n")
        return exit_code(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
