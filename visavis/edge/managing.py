"""Puts together what manages an agent; nothing of it for one that is not enrolled."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from visavis.bootstrap.models import Models
from visavis.client.synchronous import Client
from visavis.domain.errors import FileUnreadable, KeyUnavailable, VisavisError
from visavis.edge.copy import Copies
from visavis.edge.identity import Identity, identity_in
from visavis.edge.instructed import progress_in
from visavis.edge.management import Managed, Management
from visavis.edge.packs import PackSupply
from visavis.settings import Settings
from visavis.wire.edge import AgentConfig, Workload

logger = logging.getLogger(__name__)

_END_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Managing:
    """What an enrolled agent is given: `workload` to start with, `copies` to decide with, and `management` beside it.

    managing = managing_in(folder, config, settings, client)
    agent = Agent(..., workload=managing.workload if managing else config, decider=managing and managing.copies)
    with managing.beside(agent):
        ...
    """

    identity: Identity
    folder: Path
    workload: Workload
    copies: Copies
    supply: PackSupply
    client: Client

    def management(self, agent: Managed) -> Management:
        return Management(
            agent=agent,
            server=self.client.outposts,
            identity=self.identity,
            folder=self.folder,
            copies=self.copies,
            supply=self.supply,
        )

    @contextmanager
    def beside(self, agent: Managed) -> Iterator[Management]:
        """In a thread of its own, while this lasts. The agent was started before."""
        management, stop = self.management(agent), threading.Event()
        thread = threading.Thread(target=management.run, args=(stop,), name="management", daemon=True)
        thread.start()
        try:
            yield management
        finally:
            stop.set()
            thread.join(_END_S)


def managing_in(folder: Path, config: AgentConfig, settings: Settings, client: Client) -> Managing | None:
    """`None` where no agent is enrolled, or the file says that this one is not managed.

    Raises `FileUnreadable` for an identity that is damaged.
    """
    identity = identity_in(folder)
    if identity is None or not config.managed:
        return None
    workload = _first_workload(folder, config, identity)
    server = client.outposts
    supply = PackSupply(models=Models(settings), server=server, identity=identity, first=config.packs)
    _try_to_have(supply, workload.pack)
    return Managing(
        identity=identity,
        folder=folder,
        workload=workload,
        copies=Copies(
            folder=folder / "copies",
            identity=identity,
            server=server,
            max_age=timedelta(hours=workload.copy_.max_age_h),
        ),
        supply=supply,
        client=client,
    )


def _first_workload(folder: Path, config: AgentConfig, identity: Identity) -> Workload:
    """What the server said last and the agent could apply; else what the file says."""
    try:
        return progress_in(folder, identity).workload or workload_in(config)
    except (FileUnreadable, KeyUnavailable) as error:
        logger.warning("the stored configuration cannot be used", extra={"problem": error.code})
        return workload_in(config)


def _try_to_have(supply: PackSupply, pack: str) -> None:
    """Whether it worked is seen when the agent loads it."""
    try:
        supply.provide(pack)
    except VisavisError as error:
        logger.warning("a model pack is missing", extra={"pack": pack, "problem": error.code})


def workload_in(config: AgentConfig) -> Workload:
    """The part of a configuration file that a server may change."""
    given = config.model_dump(by_alias=True, include=set(Workload.model_fields), exclude_unset=True)
    return Workload.model_validate(given)
