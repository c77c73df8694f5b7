"""Who is followed, when templates are computed, and when a track ends."""

import pytest

from tests.unit.edge.fakes import NOON, Script, Somebody, captured
from visavis.edge.following import Follower, TrackState
from visavis.wire.edge import TrackingConfig

STEP_S = 0.1


def scenes(*people: tuple[int, float, float], until_s: float, **more: object) -> dict[float, list[Somebody]]:
    """Each from its beginning to its end, moving slowly to the right, in a row of its own."""
    found: dict[float, list[Somebody]] = {}
    for number in range(round(until_s / STEP_S) + 1):
        at_s = round(number * STEP_S, 3)
        found[at_s] = [
            Somebody(who=who, x=50 + 40 * (at_s - begin), y=30 + 200.0 * (who % 3), **more)  # type: ignore[arg-type]
            for who, begin, end in people
            if begin <= at_s <= end
        ]
    return found


def played(follower: Follower, script: Script) -> list[TrackState]:
    """What was said, and what is said at the end of everything."""
    said = [state for at_s in sorted(script.scenes) for state in follower.look(captured(at_s))]
    return [*said, *follower.end()]


def test_each_appearance_is_one_track_with_its_times_and_best_shots() -> None:
    script = Script(scenes((1, 0.0, 3.0), (2, 1.0, 2.0), until_s=6.0))
    follower = Follower(eyes=script, tracking=TrackingConfig(shots=3))
    ended = [state for state in played(follower, script) if state.ended]
    assert len(ended) == 2
    second, first = ended
    assert (first.first_s, first.last_s, first.frames) == (0.0, 3.0, 31)
    assert (first.first_at, first.last_at.second) == (NOON, 3)
    assert (second.first_s, second.last_s, second.frames) == (1.0, 2.0, 11)
    assert [len(one.shots) for one in ended] == [3, 3]
    assert {int(shot.chip[1, 1, 0]) for shot in first.shots} == {1}
    assert [shot.at_s for shot in first.shots] == sorted(shot.at_s for shot in first.shots)


def test_few_templates_are_computed_for_a_face_that_is_known_by_its_place() -> None:
    script = Script(scenes((1, 0.0, 10.0), until_s=10.0))
    follower = Follower(eyes=script, tracking=TrackingConfig(shots=5))
    (ended,) = [state for state in played(follower, script) if state.ended]
    assert ended.frames == 101
    assert script.embedded == follower.embedded <= 9  # five shots, and now and then: still the same?
    assert follower.faces == 101


def test_another_human_in_the_same_place_is_another_track_after_a_while_at_most() -> None:
    there = scenes((1, 0.0, 4.0), until_s=4.0) | {
        at_s + 4.1: [Somebody(who=9, x=one.x, y=one.y) for one in people]
        for at_s, people in scenes((1, 0.0, 4.0), until_s=4.0).items()
    }
    script = Script({round(at_s, 3): people for at_s, people in there.items()})
    ended = [
        state
        for state in played(Follower(eyes=script, tracking=TrackingConfig()), script)
        if state.ended and state.shots
    ]
    assert [{int(shot.chip[1, 1, 0]) for shot in one.shots} for one in ended] == [{1}, {9}]


def test_a_better_look_is_taken_and_told() -> None:
    plain = scenes((1, 0.0, 3.0), until_s=3.0, good=30.0)
    script = Script(
        {
            at: [Somebody(who=1, x=p.x, y=p.y, good=80.0 if at > 1 else 30.0) for p in ps]
            for at, ps in plain.items()
        }
    )
    follower = Follower(eyes=script, tracking=TrackingConfig(shots=2))
    said = played(follower, script)
    values = [max(shot.value for shot in state.shots) for state in said if not state.ended]
    assert values == sorted(values)
    assert max(values) == 80.0


def test_faces_without_a_template_still_belong_to_their_track() -> None:
    there = scenes((1, 0.0, 3.0), until_s=3.0)
    turned = {
        at: [Somebody(who=1, x=p.x, y=p.y, good=None if 1 <= at <= 2 else 60.0) for p in ps]
        for at, ps in there.items()
    }
    script = Script(turned)
    (ended,) = [
        state for state in played(Follower(eyes=script, tracking=TrackingConfig()), script) if state.ended
    ]
    assert ended.frames == 31


def test_a_track_without_a_good_look_has_no_shots() -> None:
    script = Script(scenes((1, 0.0, 1.0), until_s=1.0, good=3.0))
    follower = Follower(eyes=script, tracking=TrackingConfig(least_quality=5.0))
    (ended,) = played(follower, script)
    assert ended.shots == ()
    assert ended.template is None


def test_where_the_server_computes_templates_none_is_computed() -> None:
    script = Script(scenes((1, 0.0, 3.0), until_s=3.0), embeds=False)
    (ended,) = [
        state for state in played(Follower(eyes=script, tracking=TrackingConfig()), script) if state.ended
    ]
    assert script.embedded == 0
    assert script.sampled < 20
    assert len(ended.shots) == 5
    assert all(shot.template is None for shot in ended.shots)


def test_a_long_track_is_ended_and_begun_anew() -> None:
    script = Script(scenes((1, 0.0, 7.0), until_s=7.0))
    follower = Follower(eyes=script, tracking=TrackingConfig(longest_s=2.0))
    ended = [state for state in played(follower, script) if state.ended]
    assert len(ended) == 4
    assert len({one.id for one in ended}) == 4
    assert all(one.shots for one in ended)
    assert ended[0].last_s < ended[1].first_s


@pytest.mark.parametrize("how", ["rest", "look"])
def test_a_face_that_is_gone_for_long_enough_has_ended(how: str) -> None:
    script = Script(scenes((1, 0.0, 1.0), until_s=1.0))
    follower = Follower(eyes=script, tracking=TrackingConfig(gone_s=0.5))
    for at_s in sorted(script.scenes):
        follower.look(captured(at_s))
    assert follower.following == 1

    def later(at_s: float) -> list[TrackState]:
        return follower.rest(at_s) if how == "rest" else follower.look(captured(at_s))

    assert later(1.4) == []
    (ended,) = later(1.6)
    assert ended.ended
    assert ended.last_s == 1.0
    assert follower.following == 0
    assert follower.end() == []


def test_nothing_is_continued_after_an_end() -> None:
    script = Script(scenes((1, 0.0, 2.0), until_s=2.0))
    follower = Follower(eyes=script, tracking=TrackingConfig())
    for at_s in (0.0, 0.1, 0.2):
        follower.look(captured(at_s))
    (first,) = follower.end()
    for at_s in (0.3, 0.4):
        follower.look(captured(at_s))
    (second,) = follower.end()
    assert first.id != second.id
    assert second.first_s == 0.3
