"""Evaluation cards in the model directory.

A card is JSON (`visavis.domain.card.EvaluationCard`, field by field) in `cards/<pack>/<sha256 of the file>.json`. Its
name says what it must contain, so a card that was changed is found. Those that came with Visavis lie in the package.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

from visavis.adapters.onnx.cache import locked, write_atomically
from visavis.adapters.onnx.toml_fields import Table, json_table
from visavis.application.ports.model_registry import MOST_CARDS
from visavis.domain.card import CardRate, EvaluationCard, KeptCard, RateKind, Weights
from visavis.domain.decision import Measure
from visavis.domain.errors import FileUnreadable, ModelDown, ValueInvalid
from visavis.domain.template import ModelIdentity

Value = TypeVar("Value")

SHIPPED: Final = Path(__file__).parent / "card"
SCHEMA: Final = 1
_TEXTS: Final = ("pack", "model", "measure", "data", "data_digest", "at")
_NUMBERS: Final = ("failure_to_acquire", "failure_to_enrol")
_COUNTS: Final = ("photos", "subjects", "mated", "non_mated")
_FIELDS: Final = (
    *("schema", "weights", "commercial", "failures", "rates", "calibration", "thresholds", "software"),
    *_TEXTS,
    *_NUMBERS,
    *_COUNTS,
)
_OPTIONAL: Final = ("target", "threshold", "references", "gallery")
_RATE: Final = ("kind", "value", "low", "high", "errors", "trials", "supported", *_OPTIONAL)


@dataclass(frozen=True, slots=True)
class FileCards:
    """The cards of a model directory, and those of the package."""

    directory: Path
    shipped: Path = SHIPPED

    def keep(self, card: EvaluationCard, *, held: frozenset[str] = frozenset()) -> KeptCard:
        try:
            with locked(self.directory / "locks" / "cards.lock"):
                kept = write_card(self.directory / "cards", card)
                self._forget(card.pack, held | {kept.digest})
        except OSError as error:
            raise ModelDown(
                f"The card cannot be written to {self.directory}.",
                hint="Make the model directory writable for this user, with space left.",
            ) from error
        return kept

    def of(self, pack: str) -> tuple[KeptCard, ...]:
        own = _read_all(self.directory / "cards" / pack, shipped=False)
        return *own, *_read_all(self.shipped / pack, shipped=True)

    def path(self, kept: KeptCard) -> Path:
        home = self.shipped if kept.shipped else self.directory / "cards"
        return home / kept.card.pack / f"{kept.digest}.json"

    def _forget(self, pack: str, held: frozenset[str]) -> None:
        for one in _read_all(self.directory / "cards" / pack, shipped=False)[MOST_CARDS:]:
            if one.digest not in held:
                self.path(one).unlink(missing_ok=True)


def write_card(home: Path, card: EvaluationCard) -> KeptCard:
    """Into `<home>/<pack>`. Raises `OSError`."""
    content = encoded(card)
    kept = KeptCard(card=card, digest=hashlib.sha256(content).hexdigest(), shipped=False)
    write_atomically(home / card.pack / f"{kept.digest}.json", content)
    return kept


def encoded(card: EvaluationCard) -> bytes:
    """The bytes of the file."""
    values = {
        "schema": SCHEMA,
        "pack": card.pack,
        "model": card.model.key,
        "weights": [{"name": w.name, "sha256": w.sha256, "licence": w.licence} for w in card.weights],
        "commercial": card.commercial,
        "measure": card.measure.value,
        "data": card.data,
        "data_digest": card.data_digest,
        "photos": card.photos,
        "subjects": card.subjects,
        "failures": dict(sorted(card.failures.items())),
        "failure_to_acquire": card.failure_to_acquire,
        "failure_to_enrol": card.failure_to_enrol,
        "mated": card.mated,
        "non_mated": card.non_mated,
        "rates": [_rate_values(rate) for rate in card.rates],
        "calibration": card.calibration,
        "thresholds": dict(card.thresholds),
        "software": dict(sorted(card.software.items())),
        "at": card.at.isoformat(timespec="seconds"),
    }
    return (json.dumps(values, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def decoded(content: bytes, where: str) -> EvaluationCard:
    """The card of a file; raises `FileUnreadable`, naming `where`."""
    try:
        return _card(json_table(content))
    except (ValueError, ValueInvalid) as error:
        raise FileUnreadable(
            f"The evaluation card {where} is damaged: {error}", hint="Delete it and evaluate again."
        ) from error


def _read_all(folder: Path, *, shipped: bool) -> list[KeptCard]:
    found = [_read(path, shipped=shipped) for path in folder.glob("*.json")]
    return sorted(found, key=lambda one: (one.card.at, one.digest), reverse=True)


def _read(path: Path, *, shipped: bool) -> KeptCard:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FileUnreadable(f"The evaluation card {path} cannot be read.") from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != path.stem:
        raise FileUnreadable(
            f"The evaluation card {path} was changed after it was written.",
            hint="Delete it and evaluate again.",
        )
    return KeptCard(card=decoded(content, str(path)), digest=digest, shipped=shipped)


def _card(table: Table) -> EvaluationCard:
    table.only(*_FIELDS)
    if table.integer("schema") != SCHEMA:
        raise ValueInvalid(f"schema must be {SCHEMA}.")
    texts, counts = {n: table.text(n) for n in _TEXTS}, {n: table.integer(n) for n in _COUNTS}
    return EvaluationCard(
        pack=texts["pack"],
        model=ModelIdentity.parse(texts["model"]),
        weights=tuple(_weights(one) for one in _rows(table, "weights")),
        commercial=table.flag("commercial"),
        measure=table.one_of("measure", Measure),
        data=texts["data"],
        data_digest=texts["data_digest"],
        photos=counts["photos"],
        subjects=counts["subjects"],
        failures=_mapped(table.table("failures"), Table.integer),
        failure_to_acquire=table.number("failure_to_acquire"),
        failure_to_enrol=table.number("failure_to_enrol"),
        mated=counts["mated"],
        non_mated=counts["non_mated"],
        rates=tuple(_rate(one) for one in _rows(table, "rates")),
        calibration=table.text("calibration", ""),
        thresholds=_mapped(table.table("thresholds"), Table.number),
        software=_mapped(table.table("software"), Table.text),
        at=datetime.fromisoformat(texts["at"]),
    )


def _rows(table: Table, key: str) -> list[Table]:
    rows = table.values.get(key)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueInvalid(f"{key} must be a list of tables.")
    return [Table(values=row, where=f"{key}[{place}]") for place, row in enumerate(rows)]


def _mapped(table: Table, read: Callable[[Table, str], Value]) -> Mapping[str, Value]:
    return {key: read(table, key) for key in table.values}


def _weights(table: Table) -> Weights:
    table.only("name", "sha256", "licence")
    return Weights(name=table.text("name"), sha256=table.text("sha256"), licence=table.text("licence"))


def _rate_values(rate: CardRate) -> dict[str, object]:
    values: dict[str, object] = {
        "kind": rate.kind.value,
        "target": rate.target,
        "references": rate.references,
        "gallery": rate.gallery,
        "value": rate.value,
        "low": rate.low,
        "high": rate.high,
        "threshold": rate.threshold,
        "errors": rate.errors,
        "trials": rate.trials,
        "supported": rate.supported,
    }
    return {name: value for name, value in values.items() if value is not None}


def _rate(table: Table) -> CardRate:
    table.only(*_RATE)
    return CardRate(
        kind=table.one_of("kind", RateKind),
        value=table.number("value"),
        low=table.number("low"),
        high=table.number("high"),
        errors=table.integer("errors"),
        trials=table.integer("trials"),
        supported=table.flag("supported"),
        target=table.number("target") if "target" in table else None,
        threshold=table.number("threshold") if "threshold" in table else None,
        references=table.integer("references") if "references" in table else None,
        gallery=table.number("gallery") if "gallery" in table else None,
    )
