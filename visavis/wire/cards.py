"""Evaluation cards, and promotions that rest on them."""

from typing import ClassVar, Literal, Self

from pydantic import AwareDatetime, Field

from visavis.domain.card import CardRate, KeptCard
from visavis.domain.gate import Criterion
from visavis.domain.promotion import PromotionEntry
from visavis.wire.model import Document, Model, Number


class CardRateNote(Model):
    """A measured rate with its 95 % interval over subjects."""

    kind: str
    target: Number | None = Field(description="FMR or FPIR at which it was measured.")
    references: int | None = Field(description="How many of each subject were enrolled, in searches.")
    gallery: Number | None = Field(description="How many subjects were searched.")
    value: Number
    low: Number
    high: Number
    threshold: Number | None
    errors: int
    trials: int
    supported: bool = Field(description="Whether 30 or more trials decided where the target lies.")

    @classmethod
    def of(cls, rate: CardRate) -> Self:
        return cls(
            kind=rate.kind.value,
            target=rate.target,
            references=rate.references,
            gallery=rate.gallery,
            value=rate.value,
            low=rate.low,
            high=rate.high,
            threshold=rate.threshold,
            errors=rate.errors,
            trials=rate.trials,
            supported=rate.supported,
        )


class WeightsNote(Model):
    """A file of the pack as it was when the card was made."""

    name: str
    sha256: str
    licence: str


class CardNote(Model):
    """How good a pack was, on which data, and what exactly was measured."""

    digest: str = Field(description="SHA-256 of the card's file, which names it.")
    shipped: bool = Field(description="Whether it came with Visavis.")
    current: bool = Field(description="Whether the pack still has the weights that were measured.")
    pack: str
    model: str
    weights: tuple[WeightsNote, ...]
    commercial: bool
    measure: str
    data: str
    data_digest: str = Field(description="SHA-256 of the photos and of which show the same subject.")
    photos: int
    subjects: int
    failures: dict[str, int] = Field(description="Photos without a template, by the code of the reason.")
    failure_to_acquire: Number
    failure_to_enrol: Number
    mated: int
    non_mated: int
    rates: tuple[CardRateNote, ...]
    calibration: str = Field(description="Data of the calibration in force; empty: there was none.")
    thresholds: dict[str, Number] = Field(description="Its threshold by false-match rate.")
    software: dict[str, str]
    at: AwareDatetime

    @classmethod
    def of(cls, kept: KeptCard, *, current: bool) -> Self:
        card = kept.card
        return cls(
            digest=kept.digest,
            shipped=kept.shipped,
            current=current,
            pack=card.pack,
            model=card.model.key,
            weights=tuple(
                WeightsNote(name=one.name, sha256=one.sha256, licence=one.licence) for one in card.weights
            ),
            commercial=card.commercial,
            measure=card.measure.value,
            data=card.data,
            data_digest=card.data_digest,
            photos=card.photos,
            subjects=card.subjects,
            failures=dict(card.failures),
            failure_to_acquire=card.failure_to_acquire,
            failure_to_enrol=card.failure_to_enrol,
            mated=card.mated,
            non_mated=card.non_mated,
            rates=tuple(CardRateNote.of(rate) for rate in card.rates),
            calibration=card.calibration,
            thresholds=dict(card.thresholds),
            software=dict(card.software),
            at=card.at,
        )


class CardsDocument(Document):
    """The evaluation cards of a pack, those kept here first, the newest first."""

    title: ClassVar[str] = "models evaluate and card"
    kind: Literal["visavis.cards/1"] = Field(default="visavis.cards/1", alias="schema")
    pack: str
    cards: tuple[CardNote, ...]


class CriterionNote(Model):
    """One thing that the gate asked."""

    code: str
    name: str
    passed: bool
    found: str
    wanted: str

    @classmethod
    def of(cls, one: Criterion) -> Self:
        return cls(code=one.code, name=one.name, passed=one.passed, found=one.found, wanted=one.wanted)


class PromotionNote(Model):
    """One line of the history."""

    at: AwareDatetime
    change: str
    pack: str | None = Field(description="In force from then on; null: the built-in default.")
    model: str
    weights: tuple[str, ...] = Field(description="SHA-256 of its files.")
    card: str = Field(description="SHA-256 of the evaluation card that it rests on.")
    gate: str = Field(description="SHA-256 of the gate's file.")
    compared_by: str
    compared_with: str

    @classmethod
    def of(cls, entry: PromotionEntry) -> Self:
        return cls(
            at=entry.at,
            change=entry.change.value,
            pack=entry.pack,
            model=entry.model,
            weights=entry.weights,
            card=entry.card,
            gate=entry.gate,
            compared_by=entry.compared_by.value,
            compared_with=entry.compared_with,
        )


class PromotionDocument(Document):
    """A change of the promoted pack."""

    title: ClassVar[str] = "models promote and rollback"
    kind: Literal["visavis.promotion/1"] = Field(default="visavis.promotion/1", alias="schema")
    entry: PromotionNote
    default: str = Field(description="The pack that is now used where none is named.")
    criteria: tuple[CriterionNote, ...] = Field(description="What the gate asked; empty for a rollback.")
    audited: bool = Field(description="Whether the change stands in the audit log of this machine, too.")


class PromotionsDocument(Document):
    """All changes of the promoted pack, the newest first."""

    title: ClassVar[str] = "models history"
    kind: Literal["visavis.promotions/1"] = Field(default="visavis.promotions/1", alias="schema")
    promoted: str | None
    default: str = Field(description="The pack that is used where none is named.")
    entries: tuple[PromotionNote, ...]
