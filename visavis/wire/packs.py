"""Model packs: which there are, what they may be used for, whether they are intact."""

from collections.abc import Sequence
from typing import ClassVar, Literal, Self

from pydantic import AwareDatetime, Field

from visavis.domain.card import KeptCard, RateKind
from visavis.domain.decision import Calibration
from visavis.domain.pack import Artefact, Pack
from visavis.wire.model import Document, Model, Number


class LicenceNote(Model):
    """The licence of one file of a pack, in its name and in plain words."""

    artefact: str
    name: str
    commercial: bool
    words: str

    @classmethod
    def of(cls, artefact: Artefact) -> Self:
        licence = artefact.licence
        return cls(
            artefact=artefact.name, name=licence.name, commercial=licence.commercial, words=licence.words
        )


class PackUse(Model):
    """The pack a result was computed with. Every report names the licences of its weights."""

    name: str
    model: str = Field(description="Identity of the embedder: family/SHA-256/contract/dimension.")
    commercial: bool = Field(description="Whether the weights may be used commercially.")
    licences: tuple[str, ...]

    @classmethod
    def of(cls, pack: Pack) -> Self:
        return cls(
            name=pack.name,
            model=pack.embedder.model.key,
            commercial=not pack.needs_acceptance,
            licences=tuple(dict.fromkeys(artefact.licence.name for artefact in pack.artefacts)),
        )


class CalibrationNote(Model):
    """On which data a pack's scores were calibrated."""

    measure: str
    data: str
    subjects: int
    mated: int
    non_mated: int
    lowest_fmr: Number = Field(description="Smallest false-match rate that the data supports.")

    @classmethod
    def of(cls, calibration: Calibration) -> Self:
        return cls(
            measure=calibration.measure,
            data=calibration.data,
            subjects=calibration.subjects,
            mated=calibration.mated,
            non_mated=calibration.non_mated,
            lowest_fmr=calibration.lowest_fmr,
        )


class ArtefactNote(Model):
    """One published file: where it comes from and how it is recognised."""

    name: str
    source: str
    sha256: str
    size_bytes: int
    licence: LicenceNote
    provenance: str

    @classmethod
    def of(cls, artefact: Artefact) -> Self:
        return cls(
            name=artefact.name,
            source=str(artefact.source),
            sha256=artefact.sha256,
            size_bytes=artefact.size_bytes,
            licence=LicenceNote.of(artefact),
            provenance=artefact.provenance,
        )


class CardSummary(Model):
    """The newest evaluation card of a pack, in short."""

    digest: str = Field(description="SHA-256 of the card's file, which names it.")
    shipped: bool = Field(description="Whether it came with Visavis.")
    data: str = Field(description="What it was measured on.")
    subjects: int
    at: AwareDatetime
    fnmr: dict[str, Number] = Field(description="FNMR by the false-match rate at which it was measured.")

    @classmethod
    def of(cls, kept: KeptCard) -> Self:
        card = kept.card
        return cls(
            digest=kept.digest,
            shipped=kept.shipped,
            data=card.data,
            subjects=card.subjects,
            at=card.at,
            fnmr={f"{one.target:g}": one.value for one in card.rates if one.kind is RateKind.FNMR},
        )


class PackEntry(Model):
    """A pack in a list."""

    name: str
    title: str
    description: str
    builtin: bool
    installed: bool
    default: bool = Field(description="Whether it is used where none is named.")
    promoted: bool = Field(default=False, description="Whether it is the promoted one.")
    card: CardSummary | None = Field(default=None, description="Null where it was never evaluated.")
    dimension: int
    commercial: bool
    licences: tuple[LicenceNote, ...]
    measures: tuple[str, ...] = Field(description="Measures it is calibrated for.")

    @classmethod
    def of(
        cls,
        pack: Pack,
        *,
        installed: bool,
        default: bool,
        promoted: bool = False,
        card: KeptCard | None = None,
    ) -> Self:
        return cls(
            name=pack.name,
            title=pack.title,
            description=pack.description,
            builtin=pack.builtin,
            installed=installed,
            default=default,
            promoted=promoted,
            card=CardSummary.of(card) if card else None,
            dimension=pack.embedder.dimension,
            commercial=not pack.needs_acceptance,
            licences=tuple(LicenceNote.of(artefact) for artefact in pack.artefacts),
            measures=tuple(str(calibration.measure) for calibration in pack.calibrations),
        )


class ModelsDocument(Document):
    """Model packs: all of them, or those a command was about."""

    title: ClassVar[str] = "models list, pull, import and accept"
    kind: Literal["visavis.models/1"] = Field(default="visavis.models/1", alias="schema")
    directory: str
    packs: tuple[PackEntry, ...]


class ModelDocument(Document):
    """Everything about one pack."""

    title: ClassVar[str] = "models info"
    kind: Literal["visavis.model/1"] = Field(default="visavis.model/1", alias="schema")
    pack: PackEntry
    model: str
    detector_family: str
    embedder_family: str
    input: str = Field(description="Side of the aligned face, colour order, mean and scale.")
    artefacts: tuple[ArtefactNote, ...]
    calibrations: tuple[CalibrationNote, ...]

    @classmethod
    def of(cls, pack: Pack, entry: PackEntry) -> Self:
        spec = pack.embedder
        mean = ", ".join(f"{value:g}" for value in dict.fromkeys(spec.mean))
        return cls(
            pack=entry,
            model=spec.model.key,
            detector_family=pack.detector.family,
            embedder_family=spec.family,
            input=f"{spec.side}×{spec.side} px, {spec.colour.upper()}, (value − {mean}) / {spec.scale:g}",
            artefacts=tuple(ArtefactNote.of(artefact) for artefact in pack.artefacts),
            calibrations=tuple(CalibrationNote.of(calibration) for calibration in pack.calibrations),
        )


class FileCheck(Model):
    """The state of one installed file."""

    pack: str
    name: str
    path: str
    condition: Literal["intact", "missing", "damaged"]


class ModelsVerifyDocument(Document):
    """Whether installed files are what the catalogue names."""

    title: ClassVar[str] = "models verify"
    kind: Literal["visavis.models-verify/1"] = Field(default="visavis.models-verify/1", alias="schema")
    intact: bool
    files: tuple[FileCheck, ...]

    @classmethod
    def of(cls, files: Sequence[FileCheck]) -> Self:
        return cls(intact=all(file.condition != "damaged" for file in files), files=tuple(files))
