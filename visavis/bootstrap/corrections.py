"""The use cases that put right what was decided."""

from abc import abstractmethod

from visavis.adapters.system.clock import RandomIdentifiers, SystemClock
from visavis.application.corrections.assign import AssignSubject
from visavis.application.corrections.deny import DenySubject
from visavis.application.corrections.keeping import Keeping
from visavis.application.corrections.merge import MergeSubjects
from visavis.application.corrections.overview import CorrectionOverview, NamedCorrection
from visavis.application.corrections.split import SplitSubject
from visavis.application.corrections.undo import UndoCorrection
from visavis.application.ledger import Ledger
from visavis.application.making import ReferenceMaker
from visavis.application.ports.store import Store
from visavis.bootstrap.caller import Caller
from visavis.domain.correction import Correction
from visavis.domain.decision import Calibration
from visavis.domain.gallery import Gallery
from visavis.domain.subject import TenantId
from visavis.wire.corrections import CorrectionNote


def keeping(store: Store, tenant: TenantId, ledger: Ledger) -> Keeping:
    """For one caller."""
    return Keeping(
        store=store, tenant=tenant, ledger=ledger, clock=SystemClock(), identifiers=RandomIdentifiers()
    )


class CorrectionDesk(Caller):
    """What `Platform` inherits."""

    __slots__ = ()

    @property
    @abstractmethod
    def maker(self) -> ReferenceMaker: ...

    @property
    def corrections(self) -> CorrectionOverview:
        return CorrectionOverview(store=self.store, tenant=self.tenant)

    @property
    def deny(self) -> DenySubject:
        return DenySubject(keeping=self._correcting)

    @property
    def assign(self) -> AssignSubject:
        return AssignSubject(keeping=self._correcting, maker=self.maker, calibration=self._calibrated)

    @property
    def merge(self) -> MergeSubjects:
        return MergeSubjects(keeping=self._correcting, search=self.search)

    @property
    def split(self) -> SplitSubject:
        return SplitSubject(keeping=self._correcting)

    @property
    def undo(self) -> UndoCorrection:
        return UndoCorrection(keeping=self._correcting, search=self.search)

    async def noted(self, correction: Correction) -> CorrectionNote:
        """With names as they are now."""
        (named,) = await self.corrections.named([correction])
        return correction_note(named)

    @property
    def _correcting(self) -> Keeping:
        return keeping(self.store, self.tenant, self.ledger)

    def _calibrated(self, gallery: Gallery) -> Calibration:
        """What scores mean there: of the gallery itself, or of its pack."""
        own = gallery.own_calibration
        return own or self.models.pack(gallery.pack).calibration(gallery.policy.measure)


def correction_note(found: NamedCorrection) -> CorrectionNote:
    return CorrectionNote.of(found.correction, found.names, found.galleries)
