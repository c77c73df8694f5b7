"""Hooks are told at once, in order, and never about somebody who has left."""

import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.unit.edge.fakes import NOON, Ears
from visavis.domain.camera import Direction
from visavis.domain.decision import Outcome
from visavis.edge.hooks import CommandHook, Hooks, UrlHook, hook_of
from visavis.edge.standing import Standings, Verdict
from visavis.wire.edge import HookConfig
from visavis.wire.edge_decision import EdgeDecisionDocument


def decision(camera: str = "door-1") -> EdgeDecisionDocument:
    return EdgeDecisionDocument(
        track=uuid4(),
        camera=camera,
        site="hq",
        zone="door",
        direction=Direction.ENTRY,
        gallery="staff",
        first_at=NOON,
        last_at=NOON,
        by="device",
        outcome=Outcome.MATCH,
        subject_id=uuid4(),
    )


@dataclass
class Broken:
    """Implements `Hook`."""

    def tell(self, decision: EdgeDecisionDocument) -> None:
        raise OSError


@dataclass
class Slow:
    """Implements `Hook`: the first one takes until it is allowed to go on."""

    begun: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)
    heard: list[EdgeDecisionDocument] = field(default_factory=list)

    def tell(self, decision: EdgeDecisionDocument) -> None:
        self.begun.set()
        self.go.wait(30)
        self.heard.append(decision)


def test_all_are_told_in_order_and_one_that_fails_hurts_no_other() -> None:
    ears = Ears()
    hooks = Hooks([Broken(), ears])
    hooks.start()
    given = [decision(f"door-{number}") for number in range(10)]
    for one in given:
        hooks.tell(one)
    hooks.close()
    assert ears.heard == given
    assert (hooks.health.told, hooks.health.failed) == (10, 10)


def test_what_waited_for_too_long_is_not_told() -> None:
    now = [0.0]
    slow = Slow()
    hooks = Hooks([slow], lambda: now[0])
    hooks.start()
    first = decision()
    hooks.tell(first)
    assert slow.begun.wait(30)
    hooks.tell(decision())
    now[0] = 60.0
    slow.go.set()
    hooks.close(1e9)
    assert slow.heard == [first]
    assert hooks.health.failed == 1


def test_a_command_gets_the_decision_on_its_input(tmp_path: Path) -> None:
    target = tmp_path / "told.json"
    program = f"import sys, pathlib; pathlib.Path({str(target)!r}).write_bytes(sys.stdin.buffer.read())"
    config = HookConfig(command=(sys.executable, "-c", program), timeout_s=30.0)
    hook = hook_of(config)
    assert isinstance(hook, CommandHook)
    one = decision()
    hook.tell(one)
    assert EdgeDecisionDocument.model_validate_json(target.read_bytes()) == one


def test_a_command_that_fails_is_counted() -> None:
    hooks = Hooks([hook_of(HookConfig(command=("/does/not/exist",)))])
    hooks.start()
    hooks.tell(decision())
    hooks.close()
    assert hooks.health.failed == 1


@pytest.mark.parametrize("status", [204, 500])
def test_a_url_gets_the_decision_as_json(status: int) -> None:
    asked: list[httpx.Request] = []

    def gate(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(status)

    one = decision()
    hooks = Hooks([UrlHook(HookConfig(url="http://gate.test/open"), httpx.MockTransport(gate))])
    hooks.start()
    hooks.tell(one)
    hooks.close()
    assert str(asked[0].url) == "http://gate.test/open"
    assert EdgeDecisionDocument.model_validate_json(asked[0].content) == one
    assert (hooks.health.told, hooks.health.failed) == ((1, 0) if status == 204 else (0, 1))


def test_only_more_certain_verdicts_are_news() -> None:
    standings, track, ada, bob = Standings(), uuid4(), uuid4(), uuid4()
    assert not standings.told(track)
    assert standings.hear(track, Verdict(outcome=Outcome.NON_MATCH))
    assert not standings.hear(track, Verdict(outcome=Outcome.NON_MATCH, score=0.2))
    assert standings.hear(track, Verdict(outcome=Outcome.MATCH, subject_id=ada, score=0.5))
    assert not standings.hear(track, Verdict(outcome=Outcome.INCONCLUSIVE))
    assert not standings.hear(track, Verdict(outcome=Outcome.MATCH, subject_id=bob, score=0.9))
    assert standings.told(track)


def test_tracks_of_long_ago_are_forgotten() -> None:
    standings = Standings()
    first = uuid4()
    standings.hear(first, Verdict(outcome=Outcome.MATCH))
    for _ in range(5000):
        standings.hear(uuid4(), Verdict(outcome=Outcome.NON_MATCH))
    assert not standings.told(first)
