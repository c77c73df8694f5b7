"""visavis console"""

import os
import sys

from visavis.cli.invocation import Invocation


def console(invocation: Invocation) -> None:
    """Run the web console in the foreground, over the API of this machine or another.

    Pages to enrol people by webcam or with files, look at the detection log, and look after people. It keeps nothing:
    any number of consoles may run. Sign in with the link that the first `visavis up` shows, or with login and password.

    \b
    Examples:
      visavis console
      VISAVIS_CONSOLE__API_URL=https://faces.example.org visavis console
    """
    from visavis.bootstrap.console import console_config
    from visavis.bootstrap.extras import require_console

    require_console()
    settings = invocation.settings()
    config = console_config(settings)
    scheme = "https" if config.certificate else "http"
    invocation.say(
        f"The console is at {scheme}://{config.host}:{config.port}, over the API at {config.api_url}"
    )
    environment = os.environ | {"VISAVIS_DATA_DIR": str(settings.data_dir.absolute())}
    command = [sys.executable, "-m", "visavis.console"]
    os.execve(sys.executable, command, environment)  # noqa: S606 (our own program)
