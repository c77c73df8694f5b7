"""What was found of a presentation, as it stands in the log."""

from dataclasses import replace

import pytest

from tests.unit.domain.test_revision import MATCHED, SURER, folded
from visavis.domain.errors import ValueInvalid
from visavis.domain.liveness import (
    AttackFinding,
    AttackThreshold,
    Doubt,
    LivePolicy,
    doubted,
    found_in,
    greater_of,
    merged,
    written,
)

THRESHOLD = AttackThreshold(value=0.5, detector="pad: v2", data="lab", apcer=0.02, bpcer=0.01)


def finding(score: float, instrument: str | None = None) -> AttackFinding:
    return AttackFinding(score=score, detector="pad: v2", instrument=instrument)


@pytest.mark.parametrize("one", [finding(0.0), finding(1.0, "screen"), finding(0.25, "mask")])
def test_a_finding_comes_back_as_it_was_written(one: AttackFinding) -> None:
    assert found_in(("device_missed", *written(one, None))) == one
    assert found_in(written(one, THRESHOLD)) == one


def test_words_are_those_of_the_detectors_threshold() -> None:
    assert written(finding(0.7), THRESHOLD)[0] == "attack_suspected"
    assert len(written(finding(0.3), THRESHOLD)) == len(written(finding(0.7), None)) == 1
    assert written(None, THRESHOLD) == ("liveness_unavailable",)


@pytest.mark.parametrize(
    "other", ["too_dark", "pad:", "pad:x:-:d", "pad:2:-:d", "pad:0.5", "pad:nan:-:d", ""]
)
def test_other_reasons_are_no_findings(other: str) -> None:
    assert found_in([other]) is None


def test_what_made_a_presentation_suspicious_stays_whatever_is_reported_later() -> None:
    live, attack = written(finding(0.1), THRESHOLD), written(finding(0.9, "screen"), THRESHOLD)
    lines = [replace(MATCHED, reasons=("store_disagrees", *attack)), replace(SURER, reasons=live)]
    for order in (lines, lines[::-1]):
        line = folded(tuple(order))
        assert line.fpir == SURER.fpir
        assert found_in(line.reasons) == finding(0.9, "screen")
        assert "attack_suspected" in line.reasons
    unknown = replace(MATCHED, reasons=("liveness_unavailable",))
    assert found_in(folded((unknown, replace(SURER, reasons=live))).reasons) == finding(0.1)
    assert merged(("a", "b"), ("a",), ("b",)) == ("a", "b")


@pytest.mark.parametrize(("score", "suspected"), [(0.2499, None), (0.25, False), (0.49, False), (0.5, True)])
def test_people_look_at_attacks_and_at_what_is_nearer_to_one_than_to_nothing(
    score: float, suspected: bool | None
) -> None:
    doubt = doubted(LivePolicy(require_live=True, threshold=THRESHOLD), finding(score))
    assert (doubt.suspected if doubt else None) is suspected


@pytest.mark.parametrize(
    "policy",
    [
        LivePolicy(require_live=False, threshold=THRESHOLD),
        LivePolicy(require_live=True),
        LivePolicy(require_live=True, threshold=replace(THRESHOLD, detector="another")),
    ],
)
def test_what_nobody_asked_or_could_tell_is_no_doubt(policy: LivePolicy) -> None:
    assert doubted(policy, finding(1.0)) is None
    assert doubted(LivePolicy(require_live=True, threshold=THRESHOLD), None) is None


def test_a_suspicion_outweighs_a_higher_score_below_its_threshold() -> None:
    suspected, near = (Doubt(finding=finding(score), threshold=at) for score, at in ((0.5, 0.5), (0.7, 0.8)))
    assert greater_of(suspected, near) == greater_of(near, suspected) == suspected
    assert greater_of(near, None) == near
    with pytest.raises(ValueInvalid):
        Doubt(finding=finding(0.5), threshold=1.1)
