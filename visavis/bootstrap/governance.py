"""The use cases of one caller that need no model: who is in the galleries, on what grounds, and the proof of it."""

from abc import abstractmethod
from datetime import timedelta
from importlib.metadata import version
from importlib.util import find_spec

from visavis.adapters.signing.ed25519 import Ed25519Signer
from visavis.adapters.system.clock import RandomIdentifiers, SystemClock
from visavis.application.audit import Audit
from visavis.application.calibrate_gallery import CalibrateGallery
from visavis.application.consent import Consents
from visavis.application.corrections.deny import DenySubject
from visavis.application.detection_log import DetectionLog
from visavis.application.erase import Erase
from visavis.application.export_subject import ExportSubject
from visavis.application.galleries import Galleries
from visavis.application.gather import Gather
from visavis.application.import_descriptors import ImportDescriptors
from visavis.application.making import ReferenceMaker
from visavis.application.monitors import Monitors
from visavis.application.places import Places
from visavis.application.ports.signing import Signer
from visavis.application.receipts import Receipts
from visavis.application.record import Beside, Record
from visavis.application.reenrolment import ReEnrolment
from visavis.application.references import References
from visavis.application.retain import Retain
from visavis.application.sign_bias_audit import SignBiasAudit
from visavis.application.subjects import Subjects
from visavis.application.watch_drift import WatchDrift, Watching
from visavis.bootstrap.caller import Caller
from visavis.bootstrap.corrections import keeping
from visavis.evaluation.drift import Rule
from visavis.settings import Settings


def software() -> str:
    """What receipts and events are made by."""
    return f"visavis {version('visavis')}"


def signer() -> Signer | None:
    """`None` where nothing can be signed: without the extra visavis[store] there is nothing but memory anyway."""
    return Ed25519Signer() if find_spec("cryptography") else None


def watching(settings: Settings) -> Watching:
    """How drift is watched for."""
    chosen = settings.drift
    return Watching(
        rule=Rule(reference=chosen.reference_captures),
        span=timedelta(hours=chosen.reference_hours),
        most_monitors=chosen.max_monitors,
    )


class Governance(Caller):
    """What `Platform` inherits."""

    __slots__ = ()

    @property
    @abstractmethod
    def gather(self) -> Gather | None: ...

    @property
    @abstractmethod
    def places(self) -> Places: ...

    @property
    @abstractmethod
    def beside(self) -> Beside: ...

    @property
    def galleries(self) -> Galleries:
        return Galleries(
            store=self.store,
            tenant=self.tenant,
            ledger=self.ledger,
            clock=SystemClock(),
            identifiers=RandomIdentifiers(),
            search=self.search,
        )

    @property
    def calibrate_gallery(self) -> CalibrateGallery:
        return CalibrateGallery(
            store=self.store,
            tenant=self.tenant,
            ledger=self.ledger,
            clock=SystemClock(),
            software=software(),
        )

    @property
    def subjects(self) -> Subjects:
        return Subjects(
            store=self.store,
            tenant=self.tenant,
            ledger=self.ledger,
            clock=SystemClock(),
            identifiers=RandomIdentifiers(),
        )

    @property
    def references(self) -> References:
        return References(store=self.store, tenant=self.tenant, ledger=self.ledger, clock=SystemClock())

    @property
    def import_descriptors(self) -> ImportDescriptors:
        return ImportDescriptors(
            store=self.store,
            tenant=self.tenant,
            ledger=self.ledger,
            clock=SystemClock(),
            identifiers=RandomIdentifiers(),
        )

    @property
    def erase(self) -> Erase:
        return Erase(
            store=self.store,
            tenant=self.tenant,
            ledger=self.ledger,
            receipts=self.receipts,
            search=self.search,
        )

    @property
    def receipts(self) -> Receipts:
        return Receipts(
            store=self.store,
            tenant=self.tenant,
            signer=signer(),
            clock=SystemClock(),
            identifiers=RandomIdentifiers(),
            software=software(),
        )

    @property
    def consents(self) -> Consents:
        return Consents(
            store=self.store,
            tenant=self.tenant,
            ledger=self.ledger,
            receipts=self.receipts,
            clock=SystemClock(),
            identifiers=self.identifiers,
            search=self.search,
        )

    @property
    def retain(self) -> Retain:
        return Retain(
            store=self.store,
            tenant=self.tenant,
            ledger=self.ledger,
            receipts=self.receipts,
            clock=SystemClock(),
        )

    @property
    def audit(self) -> Audit:
        return Audit(
            store=self.store,
            tenant=self.tenant,
            ledger=self.ledger,
            signer=signer(),
            clock=SystemClock(),
            software=software(),
        )

    @property
    def sign_bias_audit(self) -> SignBiasAudit:
        return SignBiasAudit(store=self.store, tenant=self.tenant, ledger=self.ledger, signer=signer())

    @property
    def detection_log(self) -> DetectionLog:
        deny = DenySubject(keeping=keeping(self.store, self.tenant, self.ledger))
        return DetectionLog(store=self.store, tenant=self.tenant, ledger=self.ledger, deny=deny)

    @property
    def monitors(self) -> Monitors:
        return Monitors(store=self.store, tenant=self.tenant, ledger=self.ledger, clock=SystemClock())

    @property
    def re_enrolment(self) -> ReEnrolment:
        return ReEnrolment(store=self.store, tenant=self.tenant, clock=SystemClock())

    @property
    def watch_drift(self) -> WatchDrift:
        return WatchDrift(
            store=self.store,
            tenant=self.tenant,
            ledger=self.ledger,
            clock=SystemClock(),
            identifiers=RandomIdentifiers(),
            software=software(),
            watching=watching(self.settings),
        )

    @property
    def export_subject(self) -> ExportSubject:
        return ExportSubject(store=self.store, tenant=self.tenant, ledger=self.ledger)

    @property
    def record(self) -> Record:
        return Record(
            store=self.store,
            tenant=self.tenant,
            ledger=self.ledger,
            clock=SystemClock(),
            identifiers=self.identifiers,
            software=software(),
            gather=self.gather,
            places=self.places,
            beside=self.beside,
        )

    @property
    def maker(self) -> ReferenceMaker:
        return ReferenceMaker(
            clock=SystemClock(), identifiers=RandomIdentifiers(), size=self.models.decoder().size
        )
