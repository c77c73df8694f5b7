"""/recognition: faces and embeddings against the photos of a service."""

import time
from collections.abc import Sequence
from typing import Final

from starlette.responses import Response

from visavis.api.dialects.compreface.call import ORIGIN, Call, Endpoint, Kind, answer
from visavis.api.dialects.compreface.embeddings import template_of
from visavis.api.dialects.compreface.looking import Look, Seen, Sight
from visavis.api.dialects.compreface.names import shown
from visavis.api.dialects.compreface.options import Options, flag, prediction_count
from visavis.api.dialects.compreface.uploads import read_files
from visavis.application.compare_pairs import Compared, ComparePairs
from visavis.application.rank_photos import Ranking, RankPhotos
from visavis.bootstrap.platform import GalleryWork
from visavis.domain.access import Permission
from visavis.domain.errors import NoFace, ReferenceNotFound, ValueInvalid
from visavis.domain.geometry import Box
from visavis.domain.sample import Sample
from visavis.domain.subject import Reference
from visavis.engine.assess import PROBE_GATE
from visavis.wire.compreface.requests import EmbeddingsBody
from visavis.wire.compreface.responses import (
    EmbeddingSimilarity,
    EmbeddingsRecognised,
    EmbeddingSubjects,
    EmbeddingsVerified,
    Recognised,
    RecognisedFace,
    SubjectSimilarity,
    Verified,
    VerifiedFace,
)
from visavis.wire.compreface.similarity import similarity

_BAD_ID: Final = "Image Id is incorrect"


async def recognize(call: Call) -> Response:
    """Ranks photos, as CompreFace does; with `rank_by=subject` each subject once. With `decision=true` each face
    also says what the gallery's policy decides."""
    options, count = Options.of(call), prediction_count(call)
    detect, decide = flag(call, "detect_faces", default=True), flag(call, "decision", default=False)
    by_subject = _by_subject(call)
    work = await call.work()
    (content,) = await read_files(call.request, "file")
    look = _look(call, options, work)
    sight = await look(content) if detect else await _cut_out(call, work, look, content)
    faces = [one.found for one in sight.faces]
    rankings = await _ranker(call, work)(work.gallery, faces, sight.templates, ORIGIN, limit=count)
    return answer(
        Recognised(
            result=tuple(
                RecognisedFace(
                    **dict(look.fields(sight, one)),
                    subjects=_subjects(work, ranking, by_subject=by_subject),
                    decision=ranking.decision.outcome.value if decide and ranking.decision else None,
                )
                for one, ranking in zip(sight.faces, rankings, strict=True)
            ),
            plugins_versions=look.versions(),
        )
    )


async def verify(call: Call) -> Response:
    options, work = Options.of(call), await call.work()
    kept, name = await _reference(call, work)
    (content,) = await read_files(call.request, "file")
    look = _look(call, options, work)
    sight = await look(content, mirror=True)
    similarities = await _similarities(call, work, kept, sight.faces)
    return answer(
        Verified(
            result=tuple(
                VerifiedFace(
                    **dict(look.fields(sight, one)),
                    subject=shown(work.gallery, name, kept.subject_id),
                    similarity=value,
                )
                for one, value in zip(sight.faces, similarities, strict=True)
            ),
            plugins_versions=look.versions(),
        )
    )


async def recognize_embeddings(call: Call) -> Response:
    count, by_subject, work = prediction_count(call), _by_subject(call), await call.work()
    sent = await call.body(EmbeddingsBody)
    measure = work.gallery.policy.measure
    probes = [template_of(one, work.gallery.model, measure) for one in sent.embeddings]
    rankings = await _ranker(call, work).templates(work.gallery, probes, ORIGIN, limit=count)
    return answer(
        EmbeddingsRecognised(
            result=tuple(
                EmbeddingSubjects(embedding=one, similarities=_subjects(work, ranking, by_subject=by_subject))
                for one, ranking in zip(sent.embeddings, rankings, strict=True)
            )
        )
    )


async def verify_embeddings(call: Call) -> Response:
    work = await call.work()
    sent = await call.body(EmbeddingsBody)
    kept, _ = await _reference(call, work)
    measure = work.gallery.policy.measure
    others = [Compared(template=template_of(one, work.gallery.model, measure)) for one in sent.embeddings]
    decided = await _pairs(call, work)(
        work.gallery,
        Compared(template=kept.template),
        others,
        ORIGIN,
        subject_id=kept.subject_id,
        reference_id=kept.id,
    )
    found = [
        EmbeddingSimilarity(embedding=one, similarity=similarity(made.fmr.value if made.fmr else 1.0))
        for one, made in zip(sent.embeddings, decided, strict=True)
    ]
    return answer(EmbeddingsVerified(result=tuple(sorted(found, key=lambda one: -one.similarity))))


def _by_subject(call: Call) -> bool:
    given = call.query("rank_by") or "photo"
    if given not in ("photo", "subject"):
        raise ValueInvalid("rank_by must be photo or subject")
    return given == "subject"


def _look(call: Call, options: Options, work: GalleryWork) -> Look:
    pack = call.platform.models.pack(work.gallery.pack)
    return Look.of(call, options, work.inference, pack, work.gallery.policy.measure)


async def _cut_out(call: Call, work: GalleryWork, look: Look, content: bytes) -> Sight:
    """The one face of a picture that the sender has cut out. It is found again where that works, because faces that
    are aligned compare better; else the picture is taken as aligned. Raises `NoFace` if it cannot be either."""
    began = time.perf_counter()
    size = call.platform.models.decoder().size(content)
    found = [
        one for one in await work.inference.samples(content, gate=PROBE_GATE) if isinstance(one, Sample)
    ][:1]
    if not found:
        try:
            crop = await work.crops.sample(content, gate=PROBE_GATE)
        except ValueInvalid:
            raise NoFace from None
        whole_faces = [crop]
    else:
        whole_faces = list(found)
    whole = Box(left=0.0, top=0.0, right=float(size.width), bottom=float(size.height))
    return await look.seen(whole_faces, began, templates=True, mirror=False, whole=whole)


def _ranker(call: Call, work: GalleryWork) -> RankPhotos:
    platform = call.platform
    return RankPhotos(
        store=platform.store, tenant=platform.tenant, identify=work.identify, record=platform.record
    )


def _pairs(call: Call, work: GalleryWork) -> ComparePairs:
    platform = call.platform
    return ComparePairs(
        store=platform.store,
        tenant=platform.tenant,
        calibration=work.identify.calibration,
        policy=work.gallery.policy,
        record=platform.record,
        clock=platform.maker.clock,
    )


async def _reference(call: Call, work: GalleryWork) -> tuple[Reference, str]:
    try:
        return await _pairs(call, work).reference(work.gallery, call.image_id(_BAD_ID))
    except ReferenceNotFound:
        raise ReferenceNotFound(_BAD_ID) from None


async def _similarities(call: Call, work: GalleryWork, kept: Reference, faces: Sequence[Seen]) -> list[float]:
    """Of each face; 0 for one that is not good enough to be compared."""
    probes = [one.probe for one in faces]
    decided = iter(
        await _pairs(call, work)(
            work.gallery,
            Compared(template=kept.template),
            [Compared(template=probe.template, probe=probe) for probe in probes if probe],
            ORIGIN,
            subject_id=kept.subject_id,
            reference_id=kept.id,
        )
    )
    fmrs = [next(decided).fmr if probe else None for probe in probes]
    return [similarity(fmr.value) if fmr else 0.0 for fmr in fmrs]


def _subjects(work: GalleryWork, ranking: Ranking, *, by_subject: bool) -> tuple[SubjectSimilarity, ...]:
    return tuple(
        SubjectSimilarity(
            subject=shown(work.gallery, one.name, one.subject_id), similarity=similarity(one.fmr.value)
        )
        for one in (ranking.subjects if by_subject else ranking.photos)
    )


_R: Final = Kind.RECOGNITION
_ASK: Final = (Permission.IDENTIFY, Permission.TEMPLATES)
_CHECK: Final = (Permission.VERIFY, Permission.TEMPLATES)
ENDPOINTS: Final = (
    Endpoint(
        method="POST",
        path="/recognition/recognize",
        run=recognize,
        kind=_R,
        permissions=(Permission.IDENTIFY,),
    ),
    Endpoint(
        method="POST",
        path="/recognition/faces/{image_id}/verify",
        run=verify,
        kind=_R,
        permissions=(Permission.VERIFY,),
    ),
    Endpoint(
        method="POST",
        path="/recognition/embeddings/recognize",
        run=recognize_embeddings,
        kind=_R,
        permissions=_ASK,
    ),
    Endpoint(
        method="POST",
        path="/recognition/embeddings/faces/{image_id}/verify",
        run=verify_embeddings,
        kind=_R,
        permissions=_CHECK,
    ),
)
