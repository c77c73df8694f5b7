"""Purity and fragmentation of identifiers."""

from visavis.evaluation.reidentification import reidentification


def test_one_identifier_each_is_perfect() -> None:
    found = reidentification([("ada", 1), ("ada", 1), ("bob", 2)])
    assert (found.tracks, found.people, found.identifiers) == (3, 2, 2)
    assert (found.purity, found.fragmentation) == (1.0, 1.0)
    assert (found.shared, found.scattered) == (frozenset(), frozenset())


def test_what_is_shared_and_scattered_is_named() -> None:
    found = reidentification([("ada", 1), ("ada", 1), ("ada", 3), ("bob", 1), ("bob", 2)])
    assert found.purity == 4 / 5
    assert found.fragmentation == 2.0
    assert (found.shared, found.scattered) == (frozenset({1}), frozenset({"ada", "bob"}))


def test_without_tracks_there_is_nothing_wrong() -> None:
    found = reidentification(list[tuple[str, int]]())
    assert (found.tracks, found.purity, found.fragmentation) == (0, 1.0, 1.0)
