"""Reads reports that come in: what they are, whether they were signed, and their key figures."""

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import singledispatch
from typing import Final

from pydantic import ValidationError

from visavis.adapters.signing.ed25519 import verified
from visavis.adapters.system.clock import SystemClock
from visavis.application.keep_reports import KeepReports, NewReport
from visavis.application.own_key import LookAtKeys
from visavis.bootstrap.caller import Caller
from visavis.bootstrap.governance import signer
from visavis.bootstrap.signatures import read_signed, verify_text
from visavis.domain.errors import FileUnreadable, ValueInvalid
from visavis.domain.report import MOST_FIGURES, ReportFigure, ReportKind
from visavis.wire.bias import BiasDocument, SignedBiasDocument
from visavis.wire.compare_models import CompareModelsDocument
from visavis.wire.evaluation import EvaluateDocument, EvaluateScoresDocument, RateNote, ScoreRates
from visavis.wire.masked import MaskedDocument
from visavis.wire.model import Document
from visavis.wire.pad import PadDocument
from visavis.wire.signatures import SignatureDocument

_HINT: Final = (
    "Send the file of `visavis evaluate bias --signed`, or what `visavis evaluate … --json` prints."
)


class ReportShelf(Caller):
    """What `Platform` inherits."""

    __slots__ = ()

    @property
    def reports(self) -> KeepReports:
        return KeepReports(
            store=self.store,
            tenant=self.tenant,
            ledger=self.ledger,
            clock=SystemClock(),
            identifiers=self.identifiers,
            signer=signer(),
        )

    @property
    def look_at_keys(self) -> LookAtKeys:
        return LookAtKeys(store=self.store, tenant=self.tenant, signer=signer())

    async def verify_signed(self, content: str) -> tuple[SignatureDocument, bool]:
        """What was found, and whether the key is that of this installation. Raises `ValueInvalid`,
        `DependencyMissing`."""
        try:
            found = verify_text(content)
        except FileUnreadable as error:
            raise ValueInvalid(error.message, hint=error.advice) from error
        return found, found.valid and found.fingerprint == await self.look_at_keys.own()


def read_report(content: str, *, title: str) -> NewReport:
    """Raises `ValueInvalid` for anything but a report, and for one whose signature does not belong to it."""
    if _schema(content) != SignedBiasDocument.name():
        return _read(content, title)
    try:
        text, signature, _ = read_signed(content)
    except FileUnreadable as error:
        raise ValueInvalid(error.message, hint=error.advice) from error
    if not verified(text.encode(), signature):
        raise ValueInvalid(
            "The signature does not belong to this report: it was changed after it was signed.",
            hint="Send the file as it was written.",
        )
    return replace(_read(text, title), text=content, signature=signature)


def inner(content: str) -> dict[str, object]:
    """What a kept report says; of a signed one, what was signed."""
    found: dict[str, object] = json.loads(content)
    if found.get("schema") == SignedBiasDocument.name():
        found = json.loads(str(found["document"]))
    return found


def _schema(content: str) -> str:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueInvalid("The report is not JSON.", hint=_HINT) from error
    return str(found.get("schema", "")) if isinstance(found, dict) else ""


def _read(text: str, title: str) -> NewReport:
    schema = _schema(text)
    kind = next((one for one in _KINDS if one.name() == schema), None)
    if kind is None:
        raise ValueInvalid(f"This is no report that can be kept: {schema[:80]!r}.", hint=_HINT)
    try:
        document = kind.model_validate_json(text)
    except ValidationError as error:
        raise ValueInvalid("The report is damaged, or of another version.", hint=_HINT) from error
    return _told(document, NewReport(kind=_KINDS[kind], title=title, text=text))


@singledispatch
def _told(document: Document, new: NewReport) -> NewReport:  # noqa: ARG001 (for one of another kind)
    """What the document says that lists show: pack, gallery, key figures."""
    raise TypeError(type(document).__name__)


def _rate(name: str, rate: RateNote | None) -> list[ReportFigure]:
    if rate is None:
        return []
    return [ReportFigure(name=name, value=rate.value, low=rate.low, high=rate.high)]


def _with(new: NewReport, figures: Iterable[ReportFigure]) -> NewReport:
    return replace(new, figures=tuple(figures)[:MOST_FIGURES])


@_told.register
def _bias(document: BiasDocument, new: NewReport) -> NewReport:
    figures = [ReportFigure(name="differences beyond chance", value=document.found)]
    if document.worst_ratio is not None:
        figures.append(ReportFigure(name="largest ratio to the others", value=document.worst_ratio))
    return _with(replace(new, pack=document.pack, gallery=document.gallery or ""), figures)


def _scores(rates: ScoreRates) -> list[ReportFigure]:
    found = _rate("equal error rate", rates.equal_error_rate)
    for one in rates.fnmr:
        found += _rate(f"FNMR at FMR {one.target:g}" if one.target else "FNMR", one)
    return found + _rate("FMR in use", rates.deployed_fmr) + _rate("FNMR in use", rates.deployed_fnmr)


@_told.register
def _evaluation(document: EvaluateDocument, new: NewReport) -> NewReport:
    acquire = ReportFigure(name="failure to acquire", value=document.failure_to_acquire)
    return _with(replace(new, pack=document.pack), [*_scores(document), acquire])


@_told.register
def _table(document: EvaluateScoresDocument, new: NewReport) -> NewReport:
    return _with(new, _scores(document))


@_told.register
def _masks(document: MaskedDocument, new: NewReport) -> NewReport:
    figures = [
        figure
        for one in document.conditions
        for point in one.points
        for figure in _rate(f"FNMR at FMR {point.fmr:g}, {one.condition.replace('_', ' ')}", point.own_fnmr)
    ]
    return _with(replace(new, pack=document.pack), figures)


@_told.register
def _liveness(document: PadDocument, new: NewReport) -> NewReport:
    figures: list[ReportFigure] = []
    for point in (*document.deployed, *document.at_bpcer, *document.at_apcer):
        worst = next((one for one in point.apcer if one.species == point.worst_species), None)
        figures += _rate(f"BPCER, {point.name}", point.bpcer)
        figures += _rate(f"APCER of {point.worst_species}, {point.name}", worst.apcer if worst else None)
    return _with(new, figures)


@_told.register
def _comparison(document: CompareModelsDocument, new: NewReport) -> NewReport:
    figures = [
        ReportFigure(
            name=f"{one.name}, times that of the other",
            value=one.difference.ratio,
            low=one.difference.ratio_low,
            high=one.difference.ratio_high,
        )
        for one in document.figures
        if one.difference.ratio is not None
    ]
    return _with(replace(new, pack=document.b.pack.name, rival=document.a.pack.name), figures)


_KINDS: Final[dict[type[Document], ReportKind]] = {
    BiasDocument: ReportKind.BIAS,
    EvaluateDocument: ReportKind.EVALUATION,
    EvaluateScoresDocument: ReportKind.SCORES,
    MaskedDocument: ReportKind.MASKS,
    PadDocument: ReportKind.LIVENESS,
    CompareModelsDocument: ReportKind.COMPARISON,
}
