"""/detection and /verification: services that keep nothing."""

from typing import Final

from starlette.responses import Response

from visavis.api.dialects.compreface.call import ORIGIN, Call, Endpoint, Kind, answer
from visavis.api.dialects.compreface.embeddings import template_of
from visavis.api.dialects.compreface.looking import Look
from visavis.api.dialects.compreface.options import Options
from visavis.api.dialects.compreface.uploads import read_files
from visavis.application.compare_pairs import Compared, ComparePairs
from visavis.domain.access import Permission
from visavis.domain.decision import Measure
from visavis.domain.errors import ManyFaces, QualityTooLow
from visavis.domain.pack import Pack
from visavis.domain.policy import Policy
from visavis.domain.sample import Rejection
from visavis.wire.compreface.requests import PairsBody
from visavis.wire.compreface.responses import (
    Compared as ComparedPictures,
)
from visavis.wire.compreface.responses import (
    ComparedFace,
    Comparison,
    Detected,
    EmbeddingSimilarity,
    EmbeddingsVerified,
)
from visavis.wire.compreface.similarity import similarity

_POLICY: Final = Policy(name="compreface")
"""What is recorded is decided at a false-match rate of 1 in 10,000; clients decide by their own threshold."""


async def detect(call: Call) -> Response:
    options, pack = Options.of(call), call.platform.models.pack()
    (content,) = await read_files(call.request, "file")
    look = Look.of(call, options, await call.platform.loaded(pack), pack, Measure.COSINE)
    sight = await look(content, templates=False)
    return answer(
        Detected(
            result=tuple(look.fields(sight, one) for one in sight.faces),
            plugins_versions=look.versions(calculator=False),
        )
    )


async def verify(call: Call) -> Response:
    """The one face of the source against each of the target."""
    options, pack = Options.of(call), call.platform.models.pack()
    source, target = await read_files(call.request, "source_image", "target_image")
    look = Look.of(call, options, await call.platform.loaded(pack), pack, Measure.COSINE)
    asked = await look(source, mirror=True)
    one, *more = asked.faces
    if more:
        raise ManyFaces
    if isinstance(one.found, Rejection) or one.probe is None:
        raise QualityTooLow("The face of the source image cannot be compared.")
    sight = await look(target, mirror=True)
    probes = [other.probe for other in sight.faces]
    decided = iter(
        await _pairs(call, pack)(
            None,
            Compared(template=one.probe.template, probe=one.probe),
            [Compared(template=probe.template, probe=probe) for probe in probes if probe],
            ORIGIN,
        )
    )
    fmrs = [next(decided).fmr if probe else None for probe in probes]
    comparison = Comparison(
        source_image_face=look.fields(asked, one),
        face_matches=tuple(
            ComparedFace(**dict(look.fields(sight, other)), similarity=similarity(fmr.value) if fmr else 0.0)
            for other, fmr in zip(sight.faces, fmrs, strict=True)
        ),
        plugins_versions=look.versions(),
    )
    return answer(ComparedPictures(result=(comparison,)))


async def verify_embeddings(call: Call) -> Response:
    sent, pack = await call.body(PairsBody), call.platform.models.pack()
    model = pack.embedder.model
    others = [Compared(template=template_of(one, model, Measure.COSINE)) for one in sent.targets]
    source = Compared(template=template_of(sent.source, model, Measure.COSINE))
    decided = await _pairs(call, pack)(None, source, others, ORIGIN)
    found = [
        EmbeddingSimilarity(embedding=one, similarity=similarity(made.fmr.value if made.fmr else 1.0))
        for one, made in zip(sent.targets, decided, strict=True)
    ]
    return answer(EmbeddingsVerified(result=tuple(sorted(found, key=lambda one: -one.similarity))))


def _pairs(call: Call, pack: Pack) -> ComparePairs:
    platform = call.platform
    return ComparePairs(
        store=platform.store,
        tenant=platform.tenant,
        calibration=pack.calibration(_POLICY.measure),
        policy=_POLICY,
        record=platform.record,
        clock=platform.maker.clock,
    )


ENDPOINTS: Final = (
    Endpoint(
        method="POST",
        path="/detection/detect",
        run=detect,
        kind=Kind.DETECTION,
        permissions=(Permission.DETECT,),
    ),
    Endpoint(
        method="POST",
        path="/verification/verify",
        run=verify,
        kind=Kind.VERIFICATION,
        permissions=(Permission.VERIFY,),
    ),
    Endpoint(
        method="POST",
        path="/verification/embeddings/verify",
        run=verify_embeddings,
        kind=Kind.VERIFICATION,
        permissions=(Permission.VERIFY, Permission.TEMPLATES),
    ),
)
