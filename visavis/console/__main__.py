"""`python -m visavis.console`: one console process, as `visavis console` and `visavis up` start it."""

import argparse
import socket
import sys

import uvicorn

from visavis.bootstrap.console import console_config
from visavis.bootstrap.process import run_process
from visavis.bootstrap.sockets import console_listening
from visavis.console.app import create_app
from visavis.settings import Settings

_FAREWELL_S = 5  #: how long streams of open pages are waited for at the end


def main() -> int:
    parser = argparse.ArgumentParser(prog="visavis console")
    parser.add_argument("--listen-on", type=int, default=None, help="descriptor of a socket that listens")
    given = parser.parse_args()

    def work(settings: Settings) -> None:
        config = console_config(settings)
        listener = (
            console_listening(settings) if given.listen_on is None else socket.socket(fileno=given.listen_on)
        )
        uvicorn.Server(
            uvicorn.Config(
                create_app(config),
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_FAREWELL_S,
                ssl_certfile=config.certificate,
                ssl_keyfile=config.key,
            )
        ).run(sockets=[listener])

    return run_process("console", work)


if __name__ == "__main__":
    sys.exit(main())
