"""Composes the use cases over any store. Which store, the caller decides."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Lock
from uuid import UUID

import anyio.to_thread

from visavis.adapters.images.crops import DecodedCrops
from visavis.adapters.memory.queue import NoQueue
from visavis.adapters.onnx.download import Report, silent
from visavis.adapters.onnx.factory import chip_spec
from visavis.adapters.system.clock import RandomIdentifiers, SystemClock
from visavis.application.enrol import Enrol
from visavis.application.galleries import Galleries
from visavis.application.gather import Gather
from visavis.application.identify import Identify
from visavis.application.index_faces import IndexFaces
from visavis.application.kit import Kit
from visavis.application.ledger import Ledger
from visavis.application.places import Places
from visavis.application.ports.attack import AttackCheck
from visavis.application.ports.clock import Identifiers
from visavis.application.ports.crops import Crops
from visavis.application.ports.index import Indexes
from visavis.application.ports.inference import Inference
from visavis.application.ports.keys import MasterKeys
from visavis.application.ports.queue import Queue
from visavis.application.ports.store import Store
from visavis.application.record import Beside
from visavis.application.search import GallerySearch
from visavis.application.tracks.turns import Turns
from visavis.application.trials.compare import Decider
from visavis.application.verify import VerifySubject
from visavis.bootstrap.agents import Agency
from visavis.bootstrap.alerts import Alerting
from visavis.bootstrap.camera_desk import CameraDesk
from visavis.bootstrap.corrections import CorrectionDesk
from visavis.bootstrap.desk import Desk
from visavis.bootstrap.governance import Governance
from visavis.bootstrap.indexes import indexes
from visavis.bootstrap.intake import Intake
from visavis.bootstrap.kept_reports import ReportShelf
from visavis.bootstrap.model_trials import ModelTrials, TrialDesk
from visavis.bootstrap.models import Models
from visavis.bootstrap.passages import Passages
from visavis.bootstrap.promotions import Promotions
from visavis.bootstrap.recordings import RecordingsDesk
from visavis.bootstrap.reviewing import ReviewDesk
from visavis.bootstrap.visibility import Visibility
from visavis.bootstrap.visiting import VisitorDesk
from visavis.domain.access import Principal, local_principal
from visavis.domain.gallery import Gallery, Purpose, usual_policy
from visavis.domain.pack import Pack
from visavis.domain.policy import Policy
from visavis.domain.subject import TenantId
from visavis.domain.template import require_same_model
from visavis.settings import Settings

_FRESH_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryWork:
    """What can be done in one gallery."""

    gallery: Gallery
    enrol: Enrol
    identify: Identify
    verify: VerifySubject
    search: GallerySearch
    index_faces: IndexFaces
    crops: Crops
    inference: Inference

    @property
    def kit(self) -> Kit:
        return Kit(inference=self.inference, crops=self.crops, identify=self.identify, enrol=self.enrol)


@dataclass(slots=True, kw_only=True)
class Installation:
    """What all requests of one process share: the store, loaded models, and the search of each tenant."""

    settings: Settings
    store: Store
    models: Models
    indexes: Indexes
    progress: Report = silent
    new_inference: Callable[[Pack], Inference] | None = None
    queue: Queue = field(default_factory=NoQueue)
    attack: AttackCheck | None = (
        None  #: notices presentation attacks; without it nothing that must be live is
    )
    _inference: dict[str, Inference] = field(default_factory=dict)
    trials: TrialDesk = field(default_factory=TrialDesk)
    serving: bool = False  #: whether many callers are served at once, so that their writes are put together
    _searches: dict[TenantId, GallerySearch] = field(default_factory=dict)
    _gathers: dict[TenantId, Gather] = field(default_factory=dict)
    _places: dict[TenantId, Places] = field(default_factory=dict)
    turns: Turns = field(default_factory=Turns)
    _galleries: dict[tuple[TenantId, str], tuple[float, Gallery]] = field(default_factory=dict)
    _loading: Lock = field(default_factory=Lock)

    def platform(
        self, principal: Principal, request: UUID | None = None, identifiers: Identifiers | None = None
    ) -> "Platform":
        """The use cases for one caller, and for one request of it; `identifiers` are those that another try of the
        same request has, too."""
        return Platform(
            installation=self,
            principal=principal,
            request=request,
            identifiers=identifiers or RandomIdentifiers(),
        )

    def inference(self, pack: Pack) -> Inference:
        """The pack's models, loaded once. Raises as `Models.analyser` does."""
        with self._loading:
            if pack.name not in self._inference:
                make = self.new_inference
                self._inference[pack.name] = (
                    make(pack) if make else self.models.inference(pack, self.progress)
                )
            return self._inference[pack.name]

    async def loaded(self, pack: Pack) -> Inference:
        """As `inference`, without blocking the event loop while models are loaded."""
        known = self._inference.get(pack.name)
        return known if known is not None else await anyio.to_thread.run_sync(self.inference, pack)

    async def gallery(self, galleries: Galleries, name: str) -> Gallery:
        """As it is, or in a server as it was a moment ago: requests that follow each other closely ask once.

        Raises `GalleryNotFound`.
        """
        key, now = (galleries.tenant, name), time.monotonic()
        read_at, known = self._galleries.get(key, (0.0, None))
        if known is None or not self.serving or now - read_at > _FRESH_S:
            known = await galleries.get(name)
            self._galleries[key] = (now, known)
        return known

    def forget_gallery(self, tenant: TenantId, name: str) -> None:
        """It was changed here."""
        self._galleries.pop((tenant, name), None)

    def gather(self, tenant: TenantId) -> Gather | None:
        if not self.serving:
            return None
        if tenant not in self._gathers:
            self._gathers[tenant] = Gather(store=self.store, tenant=tenant)
        return self._gathers[tenant]

    def places(self, tenant: TenantId) -> Places:
        """Where cameras hang, as it is or, in a server, was a moment ago."""
        if not self.serving:
            return Places()
        return self._places.setdefault(tenant, Places(fresh_s=_FRESH_S))

    async def prune(self) -> None:
        """Frees the indexes of galleries that are gone, of all tenants that this process searched for. Raises
        `Unavailable`."""
        for search in list(self._searches.values()):
            await search.prune()

    def search(self, tenant: TenantId) -> GallerySearch:
        if tenant not in self._searches:
            self._searches[tenant] = GallerySearch(store=self.store, tenant=tenant, indexes=self.indexes)
        return self._searches[tenant]


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform(
    Governance,
    Desk,
    VisitorDesk,
    Agency,
    CameraDesk,
    RecordingsDesk,
    Intake,
    Passages,
    CorrectionDesk,
    ReviewDesk,
    Alerting,
    ReportShelf,
    Promotions,
    ModelTrials,
    Visibility,
):
    """The use cases of one installation for one caller: in its tenant, in its name."""

    installation: Installation
    principal: Principal
    request: UUID | None = None
    identifiers: Identifiers = field(default_factory=RandomIdentifiers)

    @property
    def settings(self) -> Settings:
        return self.installation.settings

    @property
    def store(self) -> Store:
        return self.installation.store

    @property
    def models(self) -> Models:
        return self.installation.models

    @property
    def tenant(self) -> TenantId:
        return self.principal.tenant

    @property
    def search(self) -> GallerySearch:
        return self.installation.search(self.tenant)

    @property
    def queue(self) -> Queue:
        return self.installation.queue

    @property
    def attack(self) -> AttackCheck | None:
        return self.installation.attack

    @property
    def beside(self) -> Beside:
        return self.beside_trial

    @property
    def trial_desk(self) -> TrialDesk:
        return self.installation.trials

    @property
    def turns(self) -> Turns:
        return self.installation.turns

    @property
    def places(self) -> Places:
        return self.installation.places(self.tenant)

    @property
    def gather(self) -> Gather | None:
        return self.installation.gather(self.tenant)

    @property
    def ledger(self) -> Ledger:
        return Ledger(actor=self.principal.actor, clock=SystemClock(), request=self.request)

    def inference(self, pack: Pack) -> Inference:
        """The pack's models, loaded once. Raises as `Models.analyser` does."""
        return self.installation.inference(pack)

    async def loaded(self, pack: Pack) -> Inference:
        """As `inference`, without blocking the event loop while models are loaded."""
        return await self.installation.loaded(pack)

    async def opened(self, name: str) -> "GalleryWork":
        """The work of a gallery that the caller may use, its models loaded. Raises as `gallery` and `work`."""
        self.principal.require_gallery(name)
        gallery = await self.installation.gallery(self.galleries, name)
        await self.loaded(self.models.pack(gallery.pack))
        return self.work(gallery)

    async def opened_to_identify(self, name: str) -> "GalleryWork":
        """As `opened`; for the share of requests that a pack on trial decides, with that pack. What else a gallery's
        work can do is not for these. Raises as `opened`."""
        work = await self.opened(name)
        candidate = await self.canary(work.gallery)
        if candidate is None:
            return work
        chip = chip_spec(self.models.pack(candidate.gallery.pack).embedder)
        return replace(
            work,
            gallery=candidate.gallery,
            identify=candidate.identify,
            inference=candidate.identify.inference,
            crops=DecodedCrops(self.models.decoder(), chip),
        )

    async def create(
        self,
        name: str,
        *,
        pack: Pack,
        purpose: Purpose = Purpose.GENERAL,
        policy: Policy | None = None,
    ) -> Gallery:
        """A new gallery for templates of this pack. Raises `AlreadyExists`, `CalibrationMissing`."""
        policy = policy or usual_policy(purpose)
        pack.calibration(policy.measure)
        return await self.galleries.create(
            name, purpose=purpose, pack=pack.name, model=pack.embedder.model, policy=policy
        )

    def in_force(self, gallery: Gallery) -> Decider:
        """The gallery with its own pack, for `CompareBeside`. Raises as `work`."""
        return Decider(gallery=gallery, identify=self.work(gallery).identify)

    def work(self, gallery: Gallery) -> GalleryWork:
        """Loads the gallery's model pack. Raises `ModelMismatch` if the pack has other weights by now."""
        pack = self.models.pack(gallery.pack)
        require_same_model(gallery.model, pack.embedder.model)
        calibration = gallery.own_calibration or pack.calibration(gallery.policy.measure)
        inference = self.inference(pack)
        return GalleryWork(
            gallery=gallery,
            enrol=Enrol(
                store=self.store,
                tenant=self.tenant,
                inference=inference,
                search=self.search,
                calibration=calibration,
                ledger=self.ledger,
                maker=self.maker,
            ),
            identify=Identify(inference=inference, search=self.search, calibration=calibration),
            verify=VerifySubject(
                store=self.store,
                tenant=self.tenant,
                inference=inference,
                calibration=calibration,
                clock=SystemClock(),
            ),
            search=self.search,
            index_faces=IndexFaces(
                store=self.store,
                tenant=self.tenant,
                inference=inference,
                calibration=calibration,
                ledger=self.ledger,
                maker=self.maker,
            ),
            crops=DecodedCrops(self.models.decoder(), chip_spec(pack.embedder)),
            inference=inference,
        )


def install(
    settings: Settings,
    store: Store,
    *,
    keys: MasterKeys | None = None,
    models: Models | None = None,
    progress: Report = silent,
    new_inference: Callable[[Pack], Inference] | None = None,
    serving: bool = False,
    queue: Queue | None = None,
    attack: AttackCheck | None = None,
) -> Installation:
    """The installation over a store that is open already; `keys` are those of the store, if it has any.

    Raises as `bootstrap.indexes.indexes` does.
    """
    return Installation(
        settings=settings,
        store=store,
        models=models or Models(settings),
        indexes=indexes(settings, keys),
        progress=progress,
        new_inference=new_inference,
        serving=serving,
        queue=queue or NoQueue(),
        attack=attack,
        trials=TrialDesk(enabled=serving),
    )


def compose(
    settings: Settings,
    store: Store,
    *,
    keys: MasterKeys | None = None,
    models: Models | None = None,
    progress: Report = silent,
    queue: Queue | None = None,
) -> Platform:
    """The platform for the person at this machine's command line."""
    installation = install(settings, store, keys=keys, models=models, progress=progress, queue=queue)
    return installation.platform(local_principal(f"uid-{os.getuid()}"))
