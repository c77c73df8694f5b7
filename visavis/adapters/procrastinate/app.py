"""An application of procrastinate over our tasks, made when it is needed: nothing is registered by importing."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from uuid import UUID

from procrastinate import App, PsycopgConnector

from visavis.adapters.procrastinate.schema import connection_options
from visavis.application.ports.queue import Errand, Perform, Round
from visavis.domain.errors import ValueInvalid, VisavisError
from visavis.domain.subject import TenantId

ROUNDS = "rounds"  #: the queue of what is done every so often
_LOG = logging.getLogger("visavis.queue")


def make_app(
    url: str,
    tasks: Mapping[str, Perform] | None = None,
    rounds: Sequence[Round] = (),
    *,
    connections: int = 4,
) -> App:
    """Tasks have the names they are given here, because procrastinate's own depend on the module that starts it."""
    app = App(connector=_connector(url, connections))
    for name, perform in (tasks or {}).items():
        app.task(name=name, queue=queue_of(name))(_errand_task(name, perform))
    for one in rounds:
        register = app.task(name=one.name, queue=ROUNDS, lock=one.name, queueing_lock=one.name)
        task = register(_round_task(one))
        app.periodic(cron=cron_of(one.every_s))(task)
    return app


def queue_of(task: str) -> str:
    """Each task has a queue of its own, so that one kind of work never waits for another."""
    return task


def cron_of(every_s: int) -> str:
    """The schedule of a round; raises `ValueInvalid` unless it divides a minute, an hour or a day."""
    if every_s < 60 and 60 % every_s == 0:
        return f"* * * * * */{every_s}" if every_s > 1 else "* * * * * *"
    minutes, rest = divmod(every_s, 60)
    if not rest and minutes < 60 and 60 % minutes == 0:
        return f"*/{minutes} * * * *"
    hours, rest = divmod(minutes, 60)
    if not rest and hours <= 24 and 24 % hours == 0:
        return f"0 */{hours} * * *" if hours < 24 else "0 0 * * *"
    raise ValueInvalid("A round is done every so many seconds as divide a minute, an hour or a day.")


def _connector(url: str, connections: int) -> PsycopgConnector:
    return PsycopgConnector(
        conninfo=url,
        kwargs=connection_options(url),
        min_size=1,
        max_size=connections,
        name="visavis-queue",
    )


def _errand_task(name: str, perform: Perform) -> Callable[..., Awaitable[None]]:
    async def run(tenant: str, key: str) -> None:
        errand = Errand(task=name, tenant=TenantId(UUID(tenant)), key=key)
        await _told(name, perform(errand))

    return run


def _round_task(one: Round) -> Callable[..., Awaitable[None]]:
    async def run(timestamp: int) -> None:  # noqa: ARG001 (when it was due)
        await _told(one.name, one.perform())

    return run


async def _told(name: str, work: Awaitable[None]) -> None:
    """Errors of ours are no reason to try again here: what is to be done is in the store, and the sweep sees it.

    Only the code is logged, because messages may hold names.
    """
    try:
        await work
    except VisavisError as error:
        _LOG.warning("%s: %s", name, error.code)
