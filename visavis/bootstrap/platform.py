"""Composes the use cases over any store. Which store, the caller decides."""

from collections.abc import Callable
from dataclasses import dataclass, field

from visavis.adapters.index.exact import ExactIndex
from visavis.adapters.index.plain import Float32Index
from visavis.adapters.inference.threads import ThreadInference
from visavis.adapters.onnx.download import Report, silent
from visavis.adapters.system.clock import RandomIdentifiers, SystemClock
from visavis.application.enrol import Enrol
from visavis.application.erase import Erase
from visavis.application.galleries import Galleries
from visavis.application.identify import Identify
from visavis.application.import_descriptors import ImportDescriptors
from visavis.application.ports.index import Index
from visavis.application.ports.store import Store
from visavis.application.search import GallerySearch
from visavis.application.verify import VerifySubject
from visavis.bootstrap.models import Models
from visavis.domain.gallery import Gallery, Purpose
from visavis.domain.pack import Pack
from visavis.domain.policy import Policy
from visavis.domain.subject import DEFAULT_TENANT, TenantId
from visavis.domain.template import require_same_model
from visavis.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryWork:
    """What can be done in one gallery."""

    gallery: Gallery
    enrol: Enrol
    identify: Identify
    verify: VerifySubject
    search: GallerySearch


@dataclass(slots=True, kw_only=True)
class Platform:
    """The use cases of one installation and tenant."""

    settings: Settings
    store: Store
    models: Models
    search: GallerySearch
    tenant: TenantId = DEFAULT_TENANT
    progress: Report = silent
    _inference: dict[str, ThreadInference] = field(default_factory=dict)

    @property
    def galleries(self) -> Galleries:
        return Galleries(
            store=self.store, tenant=self.tenant, clock=SystemClock(), identifiers=RandomIdentifiers()
        )

    @property
    def erase(self) -> Erase:
        return Erase(store=self.store, tenant=self.tenant)

    @property
    def import_descriptors(self) -> ImportDescriptors:
        return ImportDescriptors(
            store=self.store, tenant=self.tenant, clock=SystemClock(), identifiers=RandomIdentifiers()
        )

    def inference(self, pack: Pack) -> ThreadInference:
        """The pack's models, loaded once. Raises as `Models.analyser` does."""
        if pack.name not in self._inference:
            self._inference[pack.name] = self.models.inference(pack, self.progress)
        return self._inference[pack.name]

    async def create(
        self,
        name: str,
        *,
        pack: Pack,
        purpose: Purpose = Purpose.GENERAL,
        policy: Policy | None = None,
    ) -> Gallery:
        """A new gallery for templates of this pack. Raises `AlreadyExists`, `CalibrationMissing`."""
        policy = policy or Policy()
        pack.calibration(policy.measure)
        return await self.galleries.create(
            name, purpose=purpose, pack=pack.name, model=pack.embedder.model, policy=policy
        )

    def work(self, gallery: Gallery) -> GalleryWork:
        """Loads the gallery's model pack. Raises `ModelMismatch` if the pack has other weights by now."""
        pack = self.models.pack(gallery.pack)
        require_same_model(gallery.model, pack.embedder.model)
        calibration = pack.calibration(gallery.policy.measure)
        inference = self.inference(pack)
        return GalleryWork(
            gallery=gallery,
            enrol=Enrol(
                store=self.store,
                tenant=self.tenant,
                inference=inference,
                search=self.search,
                calibration=calibration,
                clock=SystemClock(),
                identifiers=RandomIdentifiers(),
            ),
            identify=Identify(inference=inference, search=self.search, calibration=calibration),
            verify=VerifySubject(
                store=self.store, tenant=self.tenant, inference=inference, calibration=calibration
            ),
            search=self.search,
        )


def compose(
    settings: Settings, store: Store, *, models: Models | None = None, progress: Report = silent
) -> Platform:
    """The platform over a store that is open already."""
    new_index: Callable[[int], Index] = Float32Index if settings.exact_index else ExactIndex
    return Platform(
        settings=settings,
        store=store,
        models=models or Models(settings),
        search=GallerySearch(store=store, tenant=DEFAULT_TENANT, new_index=new_index),
        progress=progress,
    )
