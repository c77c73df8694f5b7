"""`python -m visavis.console`: one console process, as `visavis console` starts it."""

import sys

import uvicorn

from visavis.bootstrap.console import console_config
from visavis.bootstrap.process import run_process
from visavis.console.app import create_app
from visavis.settings import Settings


def main() -> int:
    def work(settings: Settings) -> None:
        config = console_config(settings)
        uvicorn.run(
            create_app(config),
            host=config.host,
            port=config.port,
            log_config=None,
            access_log=False,
            server_header=False,
            ssl_certfile=config.certificate,
            ssl_keyfile=config.key,
        )

    return run_process("console", work)


if __name__ == "__main__":
    sys.exit(main())
