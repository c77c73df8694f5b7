"""Detect, verify, identify, enrol."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from visavis.client.flows import Flow
from visavis.client.requests import Part, Picture, Request, pictures, post_parts, templates
from visavis.client.resource import Resource, operation
from visavis.wire.v1.enrolment import Enrolled
from visavis.wire.v1.recognition import Detected, IdentifiedFaces, Templates, Verified

M = TypeVar("M")


class Recognition(Resource[M]):
    """Pictures are bytes of an encoded image, paths, or open files."""

    def _pictures(self, name: str, given: Sequence[Picture]) -> list[Part]:
        return pictures(name, given, self._connection.max_upload_bytes)

    def _logged(self, request: Request, reference: str) -> Request:
        """What leaves a line in the detection log. The server knows a capture by its reference; without one, a key
        keeps a retry from being logged twice."""
        return request if reference else self._write(request)

    @operation
    def detect(self, picture: Picture, *, pack: str | None = None) -> Flow[Detected]:
        """The faces of a picture, largest first. Nothing is kept."""
        parts = self._pictures("image", [picture])
        return self._ask(post_parts("v1", "detect", parts=parts, pack=pack), Detected)

    @operation
    def templates(self, picture: Picture, *, pack: str | None = None, mirror: bool = True) -> Flow[Templates]:
        """A template for each face that is good enough. They are biometric data: keep them encrypted."""
        parts = self._pictures("image", [picture])
        return self._ask(post_parts("v1", "templates", parts=parts, pack=pack, mirror=mirror), Templates)

    @operation
    def verify(
        self,
        reference: Picture | Sequence[Picture] = (),
        probe: Picture | Sequence[Picture] = (),
        *,
        reference_template: str | None = None,
        probe_template: str | None = None,
        fmr: float = 1e-4,
        pack: str | None = None,
        largest: bool = False,
        source: str = "",
    ) -> Flow[Verified]:
        """Whether both sides show the same human, at this false-match rate. A side is a picture, several of them
        (they are fused), or a template."""
        parts = [
            *self._pictures("reference", several(reference)),
            *self._pictures("probe", several(probe)),
            *templates("reference_template", one_or_none(reference_template)),
            *templates("probe_template", one_or_none(probe_template)),
        ]
        request = post_parts(
            "v1", "verify", parts=parts, fmr=fmr, pack=pack, largest=largest, source=source or None
        )
        return self._ask(self._write(request), Verified)

    @operation
    def verify_subject(
        self,
        gallery: str,
        subject: str,
        *probes: Picture,
        template: str | None = None,
        largest: bool = False,
        source: str = "",
        reference: str = "",
        captured_at: datetime | None = None,
    ) -> Flow[Verified]:
        """Whether this is the enrolled subject it claims to be, under the gallery's policy."""
        parts = [
            *self._pictures("probe", probes),
            *templates("probe_template", one_or_none(template)),
        ]
        request = post_parts(
            *("v1", "galleries", gallery, "verify"),
            parts=parts,
            subject=subject,
            largest=largest,
            source=source or None,
            reference=reference or None,
            captured_at=captured_at,
        )
        return self._ask(self._logged(request, reference), Verified)

    @operation
    def identify(
        self,
        gallery: str,
        *images: Picture,
        crops: Sequence[Picture] = (),
        templates: Sequence[str] = (),  # the word of the wire
        limit: int = 5,
        together: bool = False,
        largest: bool = False,
        source: str = "",
        reference: str = "",
        captured_at: datetime | None = None,
    ) -> Flow[IdentifiedFaces]:
        """Who is in the pictures, if anybody who is enrolled. `crops` are aligned faces; `together`: all that is
        sent shows one human and is fused into one, surer, decision."""
        parts = [
            *self._pictures("image", images),
            *self._pictures("crop", crops),
            *template_parts("template", templates),
        ]
        request = post_parts(
            *("v1", "galleries", gallery, "identify"),
            parts=parts,
            limit=limit,
            together=together,
            largest=largest,
            source=source or None,
            reference=reference or None,
            captured_at=captured_at,
        )
        return self._ask(self._logged(request, reference), IdentifiedFaces)

    @operation
    def enrol(
        self,
        gallery: str,
        subject: str,
        *photos: Picture,
        force: bool = False,
        largest: bool = False,
        external_id: str = "",
    ) -> Flow[Enrolled]:
        """One to 32 photos of one subject. A bad photo keeps no other from being enrolled; if none can be, the error
        of the first one is raised."""
        request = post_parts(
            *("v1", "galleries", gallery, "enrol"),
            parts=self._pictures("image", photos),
            subject=subject,
            force=force,
            largest=largest,
            external_id=external_id or None,
        )
        return self._ask(self._write(request), Enrolled)


template_parts = templates


def several(given: Picture | Sequence[Picture]) -> Sequence[Picture]:
    """One picture as a sequence of one."""
    return given if isinstance(given, list | tuple) else [given]  # type: ignore[list-item]


def one_or_none(given: str | None) -> list[str]:
    return [] if given is None else [given]
