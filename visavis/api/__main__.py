"""`python -m visavis.api`: one API process, as `visavis serve` and `visavis up` start it."""

import argparse
import asyncio
import socket
import sys

import uvloop

from visavis.api.run import serve
from visavis.bootstrap.process import run_process
from visavis.settings import Settings


def main() -> int:
    parser = argparse.ArgumentParser(prog="visavis serve")
    parser.add_argument("--listen-on", type=int, default=None, help="descriptor of a socket that listens")
    given = parser.parse_args()

    def work(settings: Settings) -> None:
        sockets = None if given.listen_on is None else [socket.socket(fileno=given.listen_on)]
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(settings, sockets))

    return run_process("api", work)


if __name__ == "__main__":
    sys.exit(main())
