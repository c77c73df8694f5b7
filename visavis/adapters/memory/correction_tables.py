"""What one tenant keeps of corrections, in dictionaries."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from visavis.application.ports.corrections import Parked
from visavis.domain.correction import Correction, CorrectionId, Denial, DenialId
from visavis.domain.subject import GalleryId, SubjectId


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParkedBeside:
    """A parked reference, and the subject that has the others."""

    subject_id: SubjectId
    parked: Parked


@dataclass(slots=True, kw_only=True)
class CorrectionTables:
    """Not a value. Its parts are never changed, only exchanged. Pairs that are apart have the lesser first."""

    corrections: dict[CorrectionId, Correction] = field(default_factory=dict)
    denials: dict[DenialId, Denial] = field(default_factory=dict)
    parked: dict[CorrectionId, tuple[ParkedBeside, ...]] = field(default_factory=dict)
    aliases: dict[SubjectId, SubjectId] = field(default_factory=dict)
    apart: frozenset[tuple[SubjectId, SubjectId]] = frozenset()

    def copy(self) -> "CorrectionTables":
        return replace(
            self,
            corrections=dict(self.corrections),
            denials=dict(self.denials),
            parked=dict(self.parked),
            aliases=dict(self.aliases),
        )

    def drop(self, subject_id: SubjectId) -> None:
        """Whatever is about a subject goes with it."""
        self.remove(
            [one.id for one in self.corrections.values() if subject_id in (one.subject_id, one.other_id)]
        )
        self.end_denials(lambda one: subject_id in (one.subject_id, one.shows_id))
        self.park_away(lambda one: one.subject_id == subject_id)
        self.aliases = {old: new for old, new in self.aliases.items() if new != subject_id}
        self.apart = frozenset(pair for pair in self.apart if subject_id not in pair)

    def leave(self, gallery_id: GalleryId, subject_id: SubjectId) -> None:
        """What a gallery kept of one who left it."""
        self.end_denials(lambda one: (one.gallery_id, one.subject_id) == (gallery_id, subject_id))
        self.park_away(
            lambda one: one.subject_id == subject_id and one.parked.reference.gallery_id == gallery_id
        )

    def remove(self, ids: "list[CorrectionId]") -> list[Denial]:
        """With the denials and references that they kept; the denials."""
        for correction_id in ids:
            self.corrections.pop(correction_id, None)
        return [denial for correction_id in ids for denial in self.end(correction_id)]

    def end(self, correction_id: CorrectionId) -> list[Denial]:
        """What a correction kept goes; the denials."""
        self.parked.pop(correction_id, None)
        return self.end_denials(lambda one: one.correction_id == correction_id)

    def end_denials(self, chosen: Callable[[Denial], bool]) -> list[Denial]:
        gone = [one for one in self.denials.values() if chosen(one)]
        self.denials = {id_: one for id_, one in self.denials.items() if not chosen(one)}
        return gone

    def park_away(self, chosen: Callable[[ParkedBeside], bool]) -> None:
        self.parked = {
            id_: tuple(one for one in kept if not chosen(one)) for id_, kept in self.parked.items()
        }
