"""The processes of an installation; each can be run alone by the same command."""

import sys
from collections.abc import Mapping

from visavis.adapters.system.processes import Program
from visavis.settings import Settings

_HERE = "127.0.0.1"


def programs(
    settings: Settings, descriptor: int, environment: Mapping[str, str], *, console: int | None = None
) -> list[Program]:
    """`descriptor` is the socket of the API, `console` that of the console, if it runs too."""
    environment = {**environment, "VISAVIS_DATA_DIR": str(settings.data_dir.absolute())}
    grace = settings.server.drain_s + 10.0
    believing = environment if console is None else environment | _believing(settings)
    apis = [
        Program(
            name=f"api {number}",
            command=(sys.executable, "-m", "visavis.api", "--listen-on", str(descriptor)),
            environment=believing,
            descriptors=(descriptor,),
            grace_s=grace,
        )
        for number in range(1, settings.server.processes + 1)
    ]
    worker = Program(
        name="worker",
        command=(sys.executable, "-m", "visavis.worker"),
        environment=environment,
        grace_s=grace,
    )
    return [*apis, worker, *_console(console, environment, grace)]


def _console(descriptor: int | None, environment: Mapping[str, str], grace_s: float) -> list[Program]:
    if descriptor is None:
        return []
    command = (sys.executable, "-m", "visavis.console", "--listen-on", str(descriptor))
    return [
        Program(
            name="console",
            command=command,
            environment=environment,
            descriptors=(descriptor,),
            grace_s=grace_s,
        )
    ]


def _believing(settings: Settings) -> dict[str, str]:
    """The API believes the console of the same machine who asks, so that limits count browsers and not the console."""
    trusted = [one.strip() for one in settings.server.trusted_proxies.split(",") if one.strip()]
    if "*" not in trusted and _HERE not in trusted:
        trusted.append(_HERE)
    return {"VISAVIS_SERVER__TRUSTED_PROXIES": ",".join(trusted)}
