"""Jobs and webhooks of one tenant, in dictionaries."""

from dataclasses import dataclass, field

from visavis.application.ports.jobs import StagedTemplate
from visavis.domain.job import Job, JobId, JobItem
from visavis.domain.subject import GalleryId, ReferenceId
from visavis.domain.webhook import Delivery, DeliveryId, Webhook, WebhookId


@dataclass(slots=True, kw_only=True)
class JobTables:
    """Not a value: changes with the transaction that holds a copy of it."""

    jobs: dict[JobId, Job] = field(default_factory=dict)
    items: dict[JobId, dict[int, JobItem]] = field(default_factory=dict)
    payloads: dict[tuple[JobId, int], bytes] = field(default_factory=dict)
    sequence: int = 0
    staged: dict[JobId, dict[ReferenceId, tuple[GalleryId, StagedTemplate]]] = field(default_factory=dict)
    webhooks: dict[WebhookId, Webhook] = field(default_factory=dict)
    deliveries: dict[DeliveryId, Delivery] = field(default_factory=dict)

    def copy(self) -> "JobTables":
        return JobTables(
            jobs=dict(self.jobs),
            items={job: dict(items) for job, items in self.items.items()},
            payloads=dict(self.payloads),
            sequence=self.sequence,
            staged={job: dict(staged) for job, staged in self.staged.items()},
            webhooks=dict(self.webhooks),
            deliveries=dict(self.deliveries),
        )
