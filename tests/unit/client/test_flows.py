"""What the client does, played without any input or output."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from visavis.client.connection import Connection, Retries
from visavis.client.flows import Course, Flow, Give, Lines, Open, Pause, Read, Reply, Send, Step, exchanged
from visavis.client.requests import get, send
from visavis.client.resource import Runner
from visavis.client.resources.events import Events, Wanted
from visavis.client.resources.galleries import Galleries
from visavis.client.resources.jobs import Jobs
from visavis.domain.errors import (
    GalleryNotFound,
    NotAuthenticated,
    Overloaded,
    ServerUnreachable,
    Unavailable,
    ValueInvalid,
    VisavisError,
)
from visavis.wire.v1.problem import Problem

CONNECTION = Connection(url="http://faces.test", key="vv_k", chance=lambda: 1.0, new_key=lambda: "key-1")


class Played:
    """A flow against a list of what each step comes to: a reply, bytes, or an error."""

    def __init__(self, outcomes: Sequence[Reply | bytes | VisavisError]) -> None:
        self.outcomes = list(outcomes)
        self.steps: list[Step] = []
        self.given: list[object] = []

    def __call__(self, flow: Flow[object], *, most: int = 1000) -> object:
        course = Course(flow)
        while course.step is not None and len(self.given) < most:
            self.steps.append(course.step)
            if isinstance(course.step, Give):
                self.given.append(course.step.value)
                course.answer(None)
            elif isinstance(course.step, Pause):
                course.answer(None)
            else:
                outcome = self.outcomes.pop(0)
                if isinstance(outcome, VisavisError):
                    course.fail(outcome)
                else:
                    course.answer(outcome)
        return course.result if course.step is None else None

    @property
    def pauses(self) -> list[float]:
        return [step.seconds for step in self.steps if isinstance(step, Pause)]

    @property
    def requests(self) -> list[str]:
        return [
            f"{step.request.method} {step.request.path}"
            for step in self.steps
            if isinstance(step, Send | Open)
        ]


class Fixed(Runner):
    """A runner that hands flows back, to be played."""

    @property
    def connection(self) -> Connection:
        return CONNECTION

    def run(self, flow: Flow[object]) -> object:
        return flow

    def iterate(self, flow: Flow[None]) -> object:
        return flow


def reply(content: object = None, status: int = 200, **headers: str) -> Reply:
    return Reply(
        status=status,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        content=json.dumps(content).encode(),
    )


def problem(error: VisavisError, **headers: str) -> Reply:
    said = Problem.of(error, request_id="r-1")
    return reply(said.model_dump(mode="json"), said.status, **headers)


def test_what_may_pass_is_tried_again_with_growing_waits() -> None:
    played = Played([ServerUnreachable(), ServerUnreachable(), ServerUnreachable(), reply({})])
    found = played(exchanged(CONNECTION, get("v1", "me")))
    assert isinstance(found, Reply)
    assert played.pauses == [0.5, 1.0, 2.0]
    assert played.requests == ["GET /v1/me"] * 4


def test_a_server_says_how_long_to_wait() -> None:
    played = Played([problem(Overloaded(), retry_after="7"), reply({})])
    played(exchanged(CONNECTION, get("v1", "me")))
    assert played.pauses == [7.0]


def test_a_longer_wait_than_is_allowed_is_the_callers() -> None:
    played = Played([problem(Overloaded(), retry_after="3600")])
    with pytest.raises(Overloaded) as raised:
        played(exchanged(CONNECTION, get("v1", "me")))
    assert raised.value.retry_after_s == 3600
    assert played.pauses == []


def test_it_ends_after_the_last_try() -> None:
    played = Played([ServerUnreachable()] * 4)
    with pytest.raises(ServerUnreachable):
        played(exchanged(CONNECTION, get("v1", "me")))
    assert played.outcomes == []


def test_what_will_not_pass_is_raised_at_once_as_the_librarys_error() -> None:
    played = Played([problem(GalleryNotFound("There is no gallery x."))])
    with pytest.raises(GalleryNotFound, match="no gallery x") as raised:
        played(exchanged(CONNECTION, get("v1", "galleries", "x")))
    assert raised.value.request_id == "r-1"
    assert raised.value.advice == GalleryNotFound().advice


def test_jitter_spreads_over_half_to_all_of_a_wait() -> None:
    retries = Retries(times=9, first_s=1.0, longest_s=4.0)
    assert [retries.wait_s(n, 0.0) for n in (1, 2, 3, 4, 9)] == [0.5, 1.0, 2.0, 2.0, 2.0]
    assert [retries.wait_s(n, 1.0) for n in (1, 2, 3, 4, 9)] == [1.0, 2.0, 4.0, 4.0, 4.0]
    assert retries.wait_s(10, 0.0) is None
    with pytest.raises(ValueInvalid):
        Retries(times=-1)


def test_pages_are_turned_while_somebody_reads_on() -> None:
    def page(names: list[str], cursor: str | None) -> Reply:
        entry = {
            "id": "0b9f8f4e-58a3-4a5c-9a55-0f9b0e4e6a11",
            "purpose": "general",
            "pack": "standard",
            "model": "m",
            "created_at": "2026-11-22T00:00:00Z",
            "subjects": 0,
            "references": 0,
            "policy": {
                "name": "p",
                "measure": "cosine",
                "fmr": 1e-4,
                "fpir": 1e-3,
                "band": 1.0,
                "enrol_quality": 30,
                "max_references": 5,
                "capacity": 100,
            },
        }
        return reply({"galleries": [{**entry, "name": name} for name in names], "next_cursor": cursor})

    played = Played([page(["a", "b"], "next"), page(["c"], None)])
    flow: Flow[object] = Galleries(Fixed()).list()
    played(flow, most=2)
    assert len(played.requests) == 1, "the second page is not read before it is wanted"
    assert [one.name for one in played.given] == ["a", "b"]


def test_writes_have_a_key_that_stays_the_same() -> None:
    played = Played([ServerUnreachable(), reply({"gallery": "x", "references": 3})])
    played(Galleries(Fixed()).remove("x"))
    keys = [step.request.headers["Idempotency-Key"] for step in played.steps if isinstance(step, Send)]
    assert keys == ["key-1", "key-1"]


def event(sequence: int) -> bytes:
    said = {
        "id": f"00000000-0000-4000-8000-{sequence:012d}",
        "sequence": sequence,
        "kind": "identified",
        **dict.fromkeys(("captured_at", "recorded_at"), datetime.now(UTC).isoformat()),
        "gallery": "door",
        "source": "",
        "reference": "",
        "position": 0,
        "outcome": "match",
        "subject_id": None,
        "subject": "Zo\u2028ë\x85",
        "score": 0.5,
        "measure": "cosine",
        "fmr": 1e-6,
        "fpir": 1e-5,
        "threshold": 0.4,
        "model": "m",
        "policy": "p",
        "searched": 1,
        "quality": 50,
        "reasons": [],
        "box": None,
        "software": "s",
        "request_id": None,
        "job_id": None,
        "verdict": None,
    }
    data = json.dumps(said, ensure_ascii=False)
    return f"id: {sequence}\nevent: identified\ndata: {data}\n\n".encode()


def followed(outcomes: Sequence[Reply | bytes | VisavisError], *, after: int | None, most: int) -> Played:
    played = Played(outcomes)
    flow: Flow[object] = Events(Fixed()).stream(Wanted(gallery="door"), after=after)
    played(flow, most=most)
    return played


def sequences(played: Played) -> list[int]:
    return [one.sequence for one in played.given]


def test_a_stream_goes_on_behind_the_last_event() -> None:
    """The connection ends, then breaks, then the server restarts: nothing is lost, nothing comes twice."""
    first = event(6)
    outcomes = [
        *(reply(), b": connected\n\n" + event(5) + first[:40], first[40:], b""),
        *(ServerUnreachable(), ServerUnreachable(), problem(Overloaded(), retry_after="1"), reply()),
        *(event(7), ServerUnreachable(), reply(), event(8)),
    ]
    played = followed(outcomes, after=4, most=4)
    assert sequences(played) == [5, 6, 7, 8]
    starts = [step.request.query["after"] for step in played.steps if isinstance(step, Open)]
    assert (starts[0], starts[-1]) == ("4", "7")
    assert set(starts) == {"4", "6", "7"}
    assert all(step.request.query["gallery"] == "door" for step in played.steps if isinstance(step, Open))


def test_names_with_odd_line_separators_arrive_whole() -> None:
    played = followed([reply(), event(1)], after=0, most=1)
    (one,) = played.given
    assert one.subject == "Zo\u2028ë\x85"


def test_without_a_place_it_begins_behind_the_newest_event() -> None:
    """And knows that place, so that a connection that breaks before the first event loses none."""
    newest = json.loads(event(9).decode().split("data: ")[1])
    outcomes = [reply({"events": [newest], "next_cursor": "x"}), reply(), b"", reply(), event(10)]
    played = followed(outcomes, after=None, most=1)
    assert sequences(played) == [10]
    assert [s.request.query["after"] for s in played.steps if isinstance(s, Open)] == ["9", "9"]


def test_a_key_that_was_revoked_ends_the_stream() -> None:
    with pytest.raises(NotAuthenticated):
        followed([reply(), b"", problem(NotAuthenticated())], after=0, most=1)


def test_a_stream_that_never_began_is_given_up() -> None:
    with pytest.raises(Unavailable):
        followed([ServerUnreachable()] * 4, after=0, most=1)


def test_lines_end_where_they_end() -> None:
    def flow() -> Flow[list[str]]:
        lines, found = Lines(), []
        while (line := (yield from lines.next())) is not None:
            found.append(line)
        return found

    played = Played([b"a\r\n\nb\xe2\x80", b"\xa8c\n", b"last", b""])
    assert played(flow()) == ["a", "", "b\u2028c", "last"]
    assert all(isinstance(step, Read) for step in played.steps)


def test_waiting_for_a_job_ends_with_its_end_or_the_time() -> None:
    def job(state: str) -> Reply:
        return reply(
            {
                "id": "00000000-0000-4000-8000-000000000001",
                "kind": "classify",
                "state": state,
                "gallery": "door",
                "source": "",
                "submitted_by": "key:1",
                "fault": None,
                **dict.fromkeys(("created_at", "started_at", "finished_at"), "2026-11-22T00:00:00Z"),
                **dict.fromkeys(("total", "succeeded", "failed", "cancelled", "waiting"), 0),
            }
        )

    played = Played([job("queued"), job("running"), job("succeeded")])
    done = played(Jobs(Fixed()).wait("00000000-0000-4000-8000-000000000001"))
    assert done.state == "succeeded"
    assert len(played.pauses) == 2
    played = Played([job("running")] * 100)
    flow: Flow[object] = Jobs(Fixed()).wait("1", timeout_s=3.0)
    assert played(flow).state == "running"
    assert sum(played.pauses) == pytest.approx(3.0)


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_name_that_would_change_the_path_is_refused(name: str) -> None:
    with pytest.raises(ValueInvalid):
        get("v1", "galleries", name)


def test_names_may_hold_anything() -> None:
    assert send("POST", "v1", "galleries", "a/b ?é").path == "/v1/galleries/a%2Fb%20%3F%C3%A9"


def test_times_need_a_zone() -> None:
    with pytest.raises(ValueInvalid):
        get("v1", "events", since=datetime(2026, 1, 1))  # noqa: DTZ001
