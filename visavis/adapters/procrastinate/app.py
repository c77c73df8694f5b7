"""An application of procrastinate over our tasks, made when it is needed: nothing is registered by importing.

Tables, types and functions of procrastinate lie in a schema of their own. Its statements do not name one, so every
connection has it as its search path.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from uuid import UUID

from procrastinate import App, PsycopgConnector, exceptions
from psycopg.conninfo import conninfo_to_dict

from visavis.application.ports.queue import Errand, Perform, Round
from visavis.domain.errors import ValueInvalid, VisavisError
from visavis.domain.subject import TenantId

SCHEMA = "visavis_queue"  #: made by a step of our schema
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


async def provide_schema(app: App) -> None:
    """Makes what procrastinate needs, unless it is there. Several processes may do so at the same time."""
    if await app.check_connection_async():
        return
    try:
        await app.schema_manager.apply_schema_async()
    except exceptions.ConnectorException:
        if not await app.check_connection_async():
            raise


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
    given = conninfo_to_dict(url)
    options = f"{given.get('options') or ''} -c search_path={SCHEMA}".strip()
    return PsycopgConnector(
        conninfo=url,
        kwargs={"options": options, "connect_timeout": int(given.get("connect_timeout") or 5)},
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
