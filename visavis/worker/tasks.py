"""One task per use case: identifiers in, use case called, nothing more."""

from collections.abc import Mapping
from uuid import UUID

from visavis.application.alerts.deliver import SEND
from visavis.application.jobs.deliver import DELIVER
from visavis.application.jobs.submit import PROCESS
from visavis.application.ports.queue import Errand, Perform, Round
from visavis.bootstrap.attempts import attempted
from visavis.bootstrap.worker import Workshop
from visavis.domain.alert import ChannelId
from visavis.domain.webhook import WebhookId

_SWEEP_S = 15
_DRIFT_S = 30
_TIDY_S = 3600
_VISITORS_S = 300


def tasks(workshop: Workshop) -> Mapping[str, Perform]:
    """What errands call, by name."""

    async def process(errand: Errand) -> None:
        await workshop.process(errand.tenant)(errand.key)

    async def deliver(errand: Errand) -> None:
        await workshop.deliver(errand.tenant)(WebhookId(UUID(errand.key)))

    async def send(errand: Errand) -> None:
        await workshop.alerts.send(errand.tenant)(ChannelId(UUID(errand.key)))

    return {PROCESS: process, DELIVER: deliver, SEND: send}


def rounds(workshop: Workshop) -> list[Round]:
    """What is done every so often, by one worker for all."""

    async def sweep() -> None:
        await workshop.sweep.jobs()
        await workshop.sweep.webhooks()

    async def doors() -> None:
        await workshop.decide_access()

    async def silence() -> None:
        await workshop.alerts.watch_silence()

    async def drift() -> None:
        await workshop.watch_drift()

    async def trials() -> None:
        await workshop.make_trial_templates()

    async def visitors() -> None:
        await workshop.merge_visitors()

    async def tidy() -> None:
        await attempted("tidying", workshop.tidy)
        await attempted("tidying monitors", workshop.tidy_monitors)
        await attempted("tidying alerts", workshop.alerts.tidy)

    return [
        Round(name="visavis.rounds.sweep", every_s=_SWEEP_S, perform=sweep),
        Round(name="visavis.rounds.doors", every_s=_SWEEP_S, perform=doors),
        Round(name="visavis.rounds.silence", every_s=_DRIFT_S, perform=silence),
        Round(name="visavis.rounds.drift", every_s=_DRIFT_S, perform=drift),
        Round(name="visavis.rounds.trials", every_s=_SWEEP_S, perform=trials),
        Round(name="visavis.rounds.visitors", every_s=_VISITORS_S, perform=visitors),
        Round(name="visavis.rounds.tidy", every_s=_TIDY_S, perform=tidy),
    ]
