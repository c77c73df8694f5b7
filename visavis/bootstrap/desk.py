"""The use cases of one caller that concern work done later: jobs, and webhooks that tell of it."""

import io
from abc import abstractmethod
from collections.abc import AsyncIterator

from visavis.adapters.images.crops import DecodedCrops
from visavis.adapters.imports.archive import ArchiveLimits, lines, zipped
from visavis.adapters.imports.directory import ImportDirectory
from visavis.adapters.onnx.factory import chip_spec
from visavis.adapters.system.clock import RandomIdentifiers, SystemClock
from visavis.application.jobs.overview import JobOverview
from visavis.application.jobs.reembed import OtherModel, PlanReembedding
from visavis.application.jobs.submit import JobLimits, SubmitJob
from visavis.application.jobs.webhooks import Webhooks
from visavis.application.ports.inference import Inference
from visavis.application.ports.jobs import NewItem
from visavis.application.ports.queue import Queue
from visavis.application.ports.webhooks import Sender
from visavis.bootstrap.caller import Caller
from visavis.domain.gallery import Gallery
from visavis.domain.job import Job
from visavis.domain.pack import Pack
from visavis.domain.subject import DEFAULT_TENANT, TenantId
from visavis.settings import Settings

_ZIP = b"PK"


class Desk(Caller):
    """What `Platform` inherits."""

    __slots__ = ()

    @property
    @abstractmethod
    def queue(self) -> Queue: ...

    @abstractmethod
    async def loaded(self, pack: Pack) -> Inference: ...

    @property
    def submit(self) -> SubmitJob:
        limits = self.settings.jobs
        return SubmitJob(
            store=self.store,
            tenant=self.tenant,
            queue=self.queue,
            clock=SystemClock(),
            identifiers=self.identifiers,
            ledger=self.ledger,
            limits=JobLimits(items=limits.max_items, payload_bytes=limits.max_bytes),
        )

    @property
    def jobs(self) -> JobOverview:
        return JobOverview(store=self.store, tenant=self.tenant, clock=SystemClock(), ledger=self.ledger)

    @property
    def webhooks(self) -> Webhooks:
        return Webhooks(
            store=self.store,
            tenant=self.tenant,
            sender=sender(self.settings),
            clock=SystemClock(),
            identifiers=RandomIdentifiers(),
            ledger=self.ledger,
        )

    @property
    def imports(self) -> ImportDirectory:
        """The directory of this installation that photos may be taken from."""
        return imports(self.settings, self.tenant)

    def imported_items(self, content: bytes) -> AsyncIterator[NewItem]:
        """Items of a ZIP file, of lines of JSON, or of a CSV file with paths below the directory of imports."""
        limits = ArchiveLimits(
            entries=2 * self.settings.jobs.max_items,
            total_bytes=self.settings.jobs.max_bytes,
            file_bytes=self.settings.limits.max_image_bytes,
        )
        if content.startswith(_ZIP):
            return zipped(io.BytesIO(content), limits)
        if content.lstrip().startswith(b"{"):
            return lines(io.BytesIO(content), limits)
        return self.imports.listed(content)

    async def re_embed(self, gallery: Gallery, pack: str, *, drop_missing: bool = False) -> Job:
        """Raises as `PlanReembedding` does."""
        plan = PlanReembedding(
            store=self.store, tenant=self.tenant, submit=self.submit, others=self.other_model
        )
        return await plan(gallery, pack, drop_missing=drop_missing)

    async def other_model(self, gallery: Gallery, name: str) -> OtherModel:
        """Implements `OtherModelOf`."""
        pack, own = self.models.pack(name), self.models.pack(gallery.pack)
        pack.calibration(gallery.policy.measure)
        decoder = self.models.decoder()
        alike = chip_spec(pack.embedder) == chip_spec(own.embedder)
        return OtherModel(
            pack=pack.name,
            inference=await self.loaded(pack),
            crops=DecodedCrops(decoder, chip_spec(pack.embedder)) if alike else None,
            size=decoder.size,
        )


def imports(settings: Settings, tenant: TenantId) -> ImportDirectory:
    """Only the tenant that runs the installation has one: nobody else's photos lie on its disk for all to take."""
    root = settings.jobs.import_dir if tenant == DEFAULT_TENANT else None
    return ImportDirectory(root, most_bytes=settings.limits.max_image_bytes)


def sender(settings: Settings) -> Sender:
    """Imported here, because a light installation has no client for HTTP."""
    from visavis.adapters.webhooks.sender import HttpSender, WebhookRules

    rules = settings.webhooks
    return HttpSender(
        WebhookRules(allow_http=rules.allow_http, allow_hosts=rules.hosts, timeout_s=rules.timeout_s)
    )
