"""Model packs on trial: they decide beside the pack in force, in the background, or a share of the requests."""

import asyncio
import logging
import time
from abc import abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from visavis.adapters.system.clock import RandomIdentifiers, SystemClock
from visavis.application.identify import Identification, Identify
from visavis.application.jobs.reembed import OtherModel
from visavis.application.ledger import Ledger
from visavis.application.ports.inference import Inference
from visavis.application.record import Beside
from visavis.application.search import GallerySearch
from visavis.application.trials.compare import CompareBeside, CountTrial, Decided, Decider, Observations
from visavis.application.trials.manage import ManageTrials, TrialView, TrialWish
from visavis.application.trials.references import TrialStore
from visavis.application.trials.templates import MakeTrialTemplates
from visavis.bootstrap.caller import Caller
from visavis.bootstrap.indexes import indexes
from visavis.domain.access import SYSTEM
from visavis.domain.errors import TrialNotFound, VisavisError
from visavis.domain.event import Event
from visavis.domain.gallery import Gallery
from visavis.domain.job import Job
from visavis.domain.pack import Pack
from visavis.domain.subject import GalleryId, TenantId
from visavis.domain.template import require_same_model
from visavis.domain.trial import Trial, TrialId

_LOG = logging.getLogger("visavis.trials")
_FRESH_S = 2.0
_MOST_WAITING = 64

Key = tuple[TenantId, GalleryId]


@dataclass(slots=True, kw_only=True)
class TrialDesk:
    """Of one process. Captures wait in a bounded line and are decided again one after the other; what does not fit is
    dropped and counted, so that no answer ever waits. Belongs to one event loop."""

    enabled: bool = False
    now: Callable[[], float] = time.monotonic
    _known: dict[Key, tuple[float, Trial | None]] = field(default_factory=dict)
    _searches: dict[TrialId, GallerySearch] = field(default_factory=dict)
    _dropped: dict[Key, int] = field(default_factory=dict)
    _line: deque[Callable[[], Awaitable[None]]] = field(default_factory=deque)
    _task: asyncio.Task[None] | None = None

    def offer(self, key: Key, errand: Callable[[], Awaitable[None]]) -> None:
        """Does it later, unless too much waits already."""
        if len(self._line) >= _MOST_WAITING:
            self._dropped[key] = self._dropped.get(key, 0) + 1
            return
        self._line.append(errand)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._drain())

    async def drained(self) -> None:
        """Waits until nothing is left to do."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def aclose(self) -> None:
        """What waits is given up: it changes nothing for anybody."""
        self._line.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def known(self, key: Key) -> tuple[bool, Trial | None]:
        """Whether it was looked at a moment ago, and what there was."""
        read_at, trial = self._known.get(key, (float("-inf"), None))
        return self.now() - read_at <= _FRESH_S, trial

    def learn(self, key: Key, trial: Trial | None) -> None:
        self._known[key] = (self.now(), trial)
        if trial is None:
            self._dropped.pop(key, None)

    def forget(self, key: Key) -> None:
        """It was changed here."""
        self._known.pop(key, None)

    def take_dropped(self, key: Key) -> int:
        return self._dropped.pop(key, 0)

    def search(self, trial: Trial, make: Callable[[], GallerySearch]) -> GallerySearch:
        """The search of a trial; those of trials that are over go."""
        if trial.id not in self._searches:
            running = {one.id for _, one in self._known.values() if one is not None}
            self._searches = {key: one for key, one in self._searches.items() if key in running}
            self._searches[trial.id] = make()
        return self._searches[trial.id]

    async def _drain(self) -> None:
        while self._line:
            errand = self._line.popleft()
            try:
                await errand()
            except VisavisError as error:
                _LOG.warning("a trial could not be counted: %s", error.code)


class ModelTrials(Caller):
    """What `Platform` inherits."""

    __slots__ = ()

    request: UUID | None

    @property
    @abstractmethod
    def trial_desk(self) -> TrialDesk: ...

    @abstractmethod
    async def loaded(self, pack: Pack) -> Inference: ...

    @abstractmethod
    async def other_model(self, gallery: Gallery, name: str) -> OtherModel: ...

    @abstractmethod
    async def re_embed(self, gallery: Gallery, pack: str, *, drop_missing: bool = False) -> Job: ...

    @abstractmethod
    def in_force(self, gallery: Gallery) -> Decider: ...

    @property
    def trials(self) -> ManageTrials:
        return ManageTrials(
            store=self.store,
            tenant=self.tenant,
            ledger=self.ledger,
            clock=SystemClock(),
            identifiers=RandomIdentifiers(),
        )

    async def try_pack(self, gallery: Gallery, pack: str, wish: TrialWish) -> TrialView:
        """Raises as `ManageTrials.put`, `ModelNotFound`, and what loading raises."""
        await self.trials.put(gallery, await self.other_model(gallery, pack), wish)
        self.trial_desk.forget((self.tenant, gallery.id))
        return await self.trials.get(gallery)

    async def stop_trial(self, gallery: Gallery) -> Trial:
        """Raises `TrialNotFound`."""
        stopped = await self.trials.stop(gallery)
        self.trial_desk.forget((self.tenant, gallery.id))
        return stopped

    async def promote_trial(self, gallery: Gallery, *, drop_missing: bool = False) -> Job:
        """Moves the gallery to the candidate, with the templates that there are already. Raises `TrialNotFound`, and
        as `PlanReembedding` does."""
        view = await self.trials.get(gallery)
        return await self.re_embed(gallery, view.trial.pack, drop_missing=drop_missing)

    @property
    def make_trial_templates(self) -> MakeTrialTemplates:
        return MakeTrialTemplates(store=self.store, tenant=self.tenant, others=self.other_model)

    async def trial_of(self, gallery: Gallery) -> Trial | None:
        """As it was a moment ago."""
        key = (self.tenant, gallery.id)
        fresh, trial = self.trial_desk.known(key)
        if not fresh:
            async with self.store.transaction(self.tenant) as work:
                trial = await work.trials.of(gallery.id)
            self.trial_desk.learn(key, trial)
        return trial

    async def canary(self, gallery: Gallery) -> Decider | None:
        """The candidate, if it decides this request. If it cannot be loaded, the pack in force decides, and the failure
        is counted."""
        if not self.trial_desk.enabled or self.request is None:
            return None
        trial = await self.trial_of(gallery)
        if trial is None or not trial.decides(self.request) or trial.model == gallery.model:
            return None
        try:
            return await self.candidate(trial, gallery)
        except VisavisError as error:
            _LOG.warning("a canary could not be loaded: %s", error.code)
            key = (self.tenant, gallery.id)
            self.trial_desk.offer(key, lambda: self._counted(key, trial, Observations(errors=1)))
            return None

    async def candidate(self, trial: Trial, gallery: Gallery) -> Decider:
        """The gallery as the candidate sees it. Raises `ModelMismatch` if the pack has other weights by now, and what
        loading raises."""
        pack = self.models.pack(trial.pack)
        require_same_model(trial.model, pack.embedder.model)
        search = self.trial_desk.search(
            trial,
            lambda: GallerySearch(
                store=TrialStore(store=self.store, trial=trial),
                tenant=self.tenant,
                indexes=indexes(self.settings, None),
            ),
        )
        return Decider(
            gallery=replace(gallery, pack=pack.name, model=trial.model, calibration=None),
            identify=Identify(
                inference=await self.loaded(pack),
                search=search,
                calibration=pack.calibration(gallery.policy.measure),
            ),
        )

    @property
    def beside_trial(self) -> Beside:
        """Offers what was decided to the trial of the gallery, if there may be one. Returns at once."""

        def offer(gallery: Gallery, results: Sequence[Identification], events: Sequence[Event]) -> None:
            desk, key = self.trial_desk, (self.tenant, gallery.id)
            fresh, trial = desk.known(key)
            if not desk.enabled or (fresh and trial is None):
                return
            decided = Decided(
                gallery=gallery,
                model=gallery.model,
                results=tuple(results),
                events=tuple(one.id for one in events),
            )
            desk.offer(key, lambda: self._count(decided))

        return offer

    async def _count(self, decided: Decided) -> None:
        trial = await self.trial_of(decided.gallery)
        if trial is None:
            return
        try:
            seen = await self._compared(trial, decided)
        except VisavisError as error:
            _LOG.warning("a pack on trial could not decide: %s", error.code)
            seen = Observations(errors=sum(one.decision is not None for one in decided.results))
        await self._counted((self.tenant, decided.gallery.id), trial, seen)

    async def _counted(self, key: Key, trial: Trial, seen: Observations) -> None:
        seen = replace(seen, dropped=self.trial_desk.take_dropped(key))
        count = CountTrial(
            store=self.store,
            tenant=self.tenant,
            ledger=Ledger(actor=SYSTEM, clock=SystemClock()),
            clock=SystemClock(),
        )
        self.trial_desk.learn(key, await count(trial, seen))

    async def _compared(self, trial: Trial, decided: Decided) -> Observations:
        async with self.store.transaction(self.tenant) as work:
            gallery = await work.galleries.get(decided.gallery.id)
        if gallery.model == trial.model:
            raise TrialNotFound("The gallery has this model by now.")
        other = await self.other_model(gallery, trial.pack)
        compare = CompareBeside(
            in_force=self.in_force(gallery),
            candidate=await self.candidate(trial, gallery),
            alike=other.crops is not None,
        )
        return await compare(decided)
