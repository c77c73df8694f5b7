"""An evaluation of attack detection as a document."""

from visavis.application.evaluate_pad import PadEvaluation
from visavis.cli.rate_notes import rate_note
from visavis.evaluation.pad import PadPoint, Presented
from visavis.wire.pad import PadDocument, PadPointNote, PresentedNote, SpeciesNote


def pad_document(result: PadEvaluation, table: str) -> PadDocument:
    return PadDocument(
        table=table,
        bona_fide=_presented(result.bona_fide),
        species=[_presented(one) for one in result.species],
        intervals="subjects" if result.clustered else "presentations",
        deployed=[_point(one) for one in result.deployed],
        at_bpcer=[_point(one) for one in result.at_bpcer],
        at_apcer=[_point(one) for one in result.at_apcer],
    )


def _presented(one: Presented) -> PresentedNote:
    return PresentedNote(
        label=one.label,
        presentations=one.presentations,
        subjects=one.subjects,
        non_response=rate_note(one.non_response),
    )


def _point(point: PadPoint) -> PadPointNote:
    return PadPointNote(
        name=point.name,
        threshold=point.threshold,
        bpcer=rate_note(point.bpcer),
        apcer=[SpeciesNote(species=one.species, apcer=rate_note(one.apcer)) for one in point.apcer],
        worst_species=point.worst.species,
        acer=point.acer,
    )
