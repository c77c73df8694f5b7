"""A server that keeps reports, and the three ways to it: what comes over the wire is parsed as the real one does."""

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC
from email import message_from_bytes
from email.policy import HTTP
from uuid import UUID

import grpc
import httpx

from visavis.client.synchronous import Client
from visavis.domain.decision import Outcome
from visavis.domain.errors import VisavisError
from visavis.edge.platform import client_of, platform_of
from visavis.edge.sending import Platform
from visavis.edge.track_stream import StreamPlatform
from visavis.wire.edge import ServerConfig, Transport
from visavis.wire.errors import status
from visavis.wire.grpc import error_metadata
from visavis.wire.proto import visavis_pb2 as pb
from visavis.wire.v1.problem import Problem
from visavis.wire.v1.track_form import REPORT, joined
from visavis.wire.v1.tracks import DeviceDecision, ShotReport, TrackRecorded, TrackReport

KEY = "vv_" + "k" * 40


@dataclass
class Keeper:
    """Keeps reports by track, as the log does. `failing` are raised instead, in order; `mute` answers nothing although
    the report was kept, `gone` ends what carries reports."""

    kept: dict[UUID, tuple[str, TrackReport]] = field(default_factory=dict)
    order: list[UUID] = field(default_factory=list)
    failing: list[VisavisError] = field(default_factory=list)
    mute: int = 0
    bytes_received: int = 0
    keys: set[str] = field(default_factory=set)
    connections: int = 0

    def take(self, gallery: str, report: TrackReport) -> TrackRecorded:
        if self.failing:
            raise self.failing.pop(0)
        known = report.track in self.kept
        if not known:
            self.order.append(report.track)
        self.kept[report.track] = gallery, report
        if self.mute:
            self.mute -= 1
            raise NoAnswer
        return TrackRecorded(
            track=str(report.track),
            event_id="7b1e4a52-3c7e-4a53-9a44-1f0a2f1c9d11",
            revised=not known,
            outcome=Outcome.MATCH,
            subject_id="6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11",
            subject="Ada",
            score=0.625,
            fmr=1e-6,
            fpir=None,
            reasons=("device_missed",),
        )


class NoAnswer(Exception):
    """The way breaks before the answer."""


def over_http(keeper: Keeper, request: httpx.Request) -> httpx.Response:
    keeper.bytes_received += len(request.content)
    keeper.keys.add(request.headers["authorization"].removeprefix("Bearer "))
    gallery = request.url.path.split("/")[3]
    kind = request.headers["content-type"]
    try:
        report = (
            form_of(kind, request.content)
            if kind.startswith("multipart/")
            else TrackReport.model_validate_json(request.content)
        )
        told = keeper.take(gallery, report)
    except NoAnswer as error:
        raise httpx.ReadError("gone") from error
    except VisavisError as error:
        problem = Problem.of(error, request_id="r")
        return httpx.Response(problem.status, text=problem.model_dump_json())
    return httpx.Response(200, text=told.model_dump_json())


def form_of(kind: str, body: bytes) -> TrackReport:
    """Parsed by the standard library: another hand than the server's."""
    whole = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body, policy=HTTP)
    parts = {
        str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True)
        for part in whole.iter_parts()  # type: ignore[attr-defined]
    }
    return joined(TrackReport.model_validate(json.loads(parts.pop(REPORT))), parts)


class Streams(grpc.GenericRpcHandler):
    """`ReportTracks`."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper

    def service(self, call: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        assert call.method == "/visavis.v1.Cameras/ReportTracks"
        self.keeper.keys.add(str(dict(call.invocation_metadata)["authorization"]).removeprefix("Bearer "))
        self.keeper.connections += 1
        return grpc.stream_stream_rpc_method_handler(
            self.answers,
            request_deserializer=self.received,
            response_serializer=lambda answer: answer.SerializeToString(),
        )

    def received(self, content: bytes) -> pb.TrackReport:
        self.keeper.bytes_received += len(content)
        return pb.TrackReport.FromString(content)

    def answers(
        self, reports: Iterator[pb.TrackReport], context: grpc.ServicerContext
    ) -> Iterator[pb.TrackAnswer]:
        for message in reports:
            try:
                told = self.keeper.take(message.gallery, model_of(message))
            except NoAnswer:
                context.abort(grpc.StatusCode.UNAVAILABLE, "gone")
            except VisavisError as error:
                if status(type(error)).http in (401, 403):  # the whole stream is refused
                    context.set_trailing_metadata(error_metadata(error))
                    context.abort(grpc.StatusCode[status(type(error)).grpc], error.message)
                problem = pb.Problem(
                    code=error.code, message=error.message, hint=error.advice, retryable=error.retryable
                )
                yield pb.TrackAnswer(track=message.track, error=problem)
            else:
                yield pb.TrackAnswer(
                    track=message.track,
                    recorded=pb.TrackRecorded(
                        track=told.track,
                        event_id=told.event_id,
                        revised=told.revised,
                        outcome=pb.OUTCOME_MATCH,
                        subject_id=told.subject_id,
                        subject=told.subject,
                        score=told.score,
                        fmr=told.fmr,
                        reasons=told.reasons,
                    ),
                )


def model_of(message: pb.TrackReport) -> TrackReport:
    return TrackReport(
        track=UUID(message.track),
        camera=message.camera,
        first_at=message.first_at.ToDatetime(tzinfo=UTC),
        last_at=message.last_at.ToDatetime(tzinfo=UTC),
        frames=message.frames,
        ended=not message.in_view,
        shots=tuple(
            ShotReport(
                at=shot.at.ToDatetime(tzinfo=UTC),
                crop=base64.b64encode(shot.crop).decode() if shot.WhichOneof("content") == "crop" else None,
                template=shot.template if shot.WhichOneof("content") == "template" else None,
            )
            for shot in message.shots
        ),
        decided=DeviceDecision(
            outcome=Outcome.INCONCLUSIVE,
            score=message.decided.score,
            fmr=message.decided.fmr,
            threshold=message.decided.threshold,
            searched=message.decided.searched,
        )
        if message.HasField("decided")
        else None,
    )


@contextmanager
def served(keeper: Keeper, port: int = 0) -> Iterator[int]:
    """gRPC on loopback; the port."""
    server = grpc.server(
        ThreadPoolExecutor(4), handlers=(Streams(keeper),), options=[("grpc.so_reuseport", 0)]
    )
    chosen = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    try:
        yield chosen
    finally:
        server.stop(None).wait()


@contextmanager
def reached(keeper: Keeper, way: Transport) -> Iterator[Platform]:
    """The platform of an agent that is configured so."""
    if way is not Transport.GRPC:
        server = ServerConfig(url="http://faces.test", transport=way)
        transport = httpx.MockTransport(lambda request: over_http(keeper, request))
        with (
            Client(server.url, KEY, transport=transport, retries=0) as client,
            platform_of(server, KEY, client) as platform,
        ):
            yield platform
        return
    with served(keeper) as port:
        server = ServerConfig(url="http://faces.test", transport=way, grpc_url=f"http://127.0.0.1:{port}")
        with client_of(server, KEY) as client, platform_of(server, KEY, client) as platform:
            assert isinstance(platform, StreamPlatform)
            yield platform
