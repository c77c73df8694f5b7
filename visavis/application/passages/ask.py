"""Ask a door about somebody who stands in front of it: pictures in, the door's answer out, in one step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from visavis.application.beside import grounds_of
from visavis.application.identify import Identification, Identify
from visavis.application.passages.decide import DecideAccess, untimely
from visavis.application.ports.attack import AttackCheck
from visavis.application.ports.inference import Inference
from visavis.application.ports.store import Store
from visavis.application.probe import the_one
from visavis.application.record import Record
from visavis.domain.admission import AccessDecision
from visavis.domain.door import Door
from visavis.domain.errors import ValueInvalid
from visavis.domain.event import Event, Origin
from visavis.domain.gallery import Gallery
from visavis.domain.liveness import AttackFinding
from visavis.domain.sample import Rejection, Sample
from visavis.domain.subject import TenantId
from visavis.domain.template import Template, fuse
from visavis.engine.assess import PROBE_GATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a gate has of one human: pictures, aligned faces of which the pictures are not known, or templates."""

    pictures: Sequence[bytes] = ()
    crops: Sequence[Sample | Rejection] = ()
    templates: Sequence[Template] = ()

    def __post_init__(self) -> None:
        if bool(self.templates) == bool(self.pictures or self.crops):
            raise ValueInvalid("Send either pictures or templates of one human.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorAnswer:
    """What the door decided, on what identification, and what is in the log of it."""

    decision: AccessDecision
    identification: Identification
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDoor:
    """The event and the decision are kept in one transaction: whoever follows the log finds both, or none."""

    store: Store
    tenant: TenantId
    inference: Inference
    identify: Identify
    record: Record
    decide: DecideAccess
    attack: AttackCheck | None

    async def __call__(
        self,
        door: Door,
        gallery: Gallery,
        shown: Shown,
        *,
        camera: str = "",
        reference: str = "",
        captured_at: datetime | None = None,
        largest: bool = True,
    ) -> DoorAnswer:
        """Raises `NoFace`, `ManyFaces`, `QualityTooLow` for a picture without exactly one good face (`largest`: for one
        without any), what decoding raises, and `ValueInvalid` for a camera that is not the door's."""
        if camera and all(one.name != camera for one in door.cameras):
            raise ValueInvalid(f"The door {door.name} has no camera {camera}.")
        faces = await self._faces(shown, largest=largest)
        attack = await self._attack(faces) if door.live.require_live else None
        (found,) = await self._identified(gallery, shown, [sample for sample, _ in faces])
        origin = Origin(source=camera or door.name, reference=reference, captured_at=captured_at)
        events = self.record.rows(gallery, [found], origin)
        async with self.store.transaction(self.tenant) as work:
            await work.access_decisions.claim([gallery.id])
            (event,) = await self.record.write(work, gallery, events, grounds_of(events, [found]))
            decision, told = await self.decide.on(work, door, event, attack)
            await self.decide.journal.tell(work, [decision] if told else [])
        return DoorAnswer(decision=self._timely(door, decision), identification=found, event=event)

    def _timely(self, door: Door, decision: AccessDecision) -> AccessDecision:
        """The same request sent again is answered the same, but not for ever."""
        age = self.decide.clock.now() - decision.decided_at
        return untimely(decision) if decision.granted and age > timedelta(seconds=door.late_s) else decision

    async def _faces(self, shown: Shown, *, largest: bool) -> list[tuple[Sample, bytes | None]]:
        """The one face of each picture, with the picture."""
        faces: list[tuple[Sample, bytes | None]] = []
        for picture in shown.pictures:
            found = await self.inference.samples(picture, gate=PROBE_GATE)
            faces.append((the_one(found, largest=largest), picture))
        return [*faces, *((the_one([crop], largest=False), None) for crop in shown.crops)]

    async def _attack(self, faces: Sequence[tuple[Sample, bytes | None]]) -> AttackFinding | None:
        """The most suspicious of all; `None` as soon as one of them cannot be judged."""
        if self.attack is None or not faces:
            return None
        findings = [
            finding for sample, picture in faces for finding in await self.attack.assess([sample], picture)
        ]
        known = [finding for finding in findings if finding is not None]
        return max(known, key=lambda one: one.score) if len(known) == len(faces) else None

    async def _identified(
        self, gallery: Gallery, shown: Shown, samples: Sequence[Sample]
    ) -> list[Identification]:
        if shown.templates:
            return await self.identify.probes(gallery, [fuse(shown.templates)])
        templates = await self.inference.templates(samples)
        return await self.identify.probes(gallery, [fuse(templates)], [samples[0]])
