"""What a card says about its data."""

from visavis.application.make_card import data_digest

PHOTOS = {"a/1": b"one", "a/2": b"two", "b/1": b"three", "x/9": b"one", "y/1": b"two", "y/2": b"three"}


def digest(*rows: str) -> str:
    return data_digest([(row.split("/")[0], row) for row in rows], PHOTOS.__getitem__)


def test_names_and_order_play_no_part_in_the_digest_of_data() -> None:
    whole = digest("a/1", "a/2", "b/1")
    assert whole == digest("b/1", "a/2", "a/1")
    assert len(whole) == 64


def test_other_photos_or_other_people_are_other_data() -> None:
    assert digest("a/1", "a/2") != digest("a/1", "a/2", "b/1")
    assert digest("a/1", "a/2", "b/1") != digest("x/9", "y/1", "y/2")  # the same photos, grouped otherwise
