"""Every method, what it needs, and what answers it: one table."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from visavis.domain.access import Permission
from visavis.rpc.calls import Answer, Call
from visavis.rpc.galleries import erase_subject, get_gallery, list_galleries, list_subjects
from visavis.rpc.inference import samples, templates
from visavis.rpc.log import follow, get_job, submit
from visavis.rpc.recognition import detect, enrol, extract, identify, verify, verify_subject
from visavis.rpc.stream import recognise
from visavis.rpc.tracks import report_track, report_tracks
from visavis.wire.proto import visavis_pb2 as pb

Run: TypeAlias = Callable[[Call, Any], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A method: its description, the permissions that every call needs, and what answers it."""

    method: MethodDescriptor
    permissions: tuple[Permission, ...]
    run: Run

    @property
    def path(self) -> str:
        """As it is called: /visavis.v1.Recognition/Detect"""
        return f"/{self.method.containing_service.full_name}/{self.method.name}"

    def request(self, data: bytes) -> Message:
        return GetMessageClass(self.method.input_type).FromString(data)


_P = Permission
_TABLE: Final[Mapping[str, tuple[Run, tuple[Permission, ...]]]] = {
    "Recognition.Detect": (detect, (_P.DETECT,)),
    "Recognition.Extract": (extract, (_P.TEMPLATES,)),
    "Recognition.Verify": (verify, (_P.VERIFY,)),
    "Recognition.VerifySubject": (verify_subject, (_P.VERIFY,)),
    "Recognition.Identify": (identify, (_P.IDENTIFY,)),
    "Recognition.Enrol": (enrol, (_P.ENROL,)),
    "Recognition.Recognise": (recognise, (_P.IDENTIFY,)),
    "Galleries.ListGalleries": (list_galleries, (_P.GALLERIES_READ,)),
    "Galleries.GetGallery": (get_gallery, (_P.GALLERIES_READ,)),
    "Galleries.ListSubjects": (list_subjects, (_P.SUBJECTS_READ,)),
    "Galleries.EraseSubject": (erase_subject, (_P.SUBJECTS_ERASE,)),
    "Log.Follow": (follow, (_P.EVENTS_READ,)),
    "Log.Submit": (submit, (_P.JOBS_WRITE, _P.IDENTIFY)),
    "Log.GetJob": (get_job, (_P.JOBS_READ,)),
    "Cameras.ReportTrack": (report_track, (_P.TRACKS_REPORT,)),
    "Cameras.ReportTracks": (report_tracks, (_P.TRACKS_REPORT,)),
    "Inference.Samples": (samples, (_P.INFERENCE,)),
    "Inference.Templates": (templates, (_P.INFERENCE,)),
}


def _route(name: str, run: Run, permissions: tuple[Permission, ...]) -> Route:
    service, _, method = name.partition(".")
    return Route(
        method=pb.DESCRIPTOR.services_by_name[service].methods_by_name[method],
        permissions=permissions,
        run=run,
    )


ROUTES: Final[Mapping[str, Route]] = MappingProxyType(
    {route.path: route for route in (_route(name, *row) for name, row in _TABLE.items())}
)
"""By path."""
SERVICES: Final = tuple(service.full_name for service in pb.DESCRIPTOR.services_by_name.values())
