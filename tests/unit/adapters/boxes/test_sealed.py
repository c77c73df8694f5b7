"""Boxes open for whom they were made, about what they were made, and as they were made."""

import pytest

from visavis.adapters.boxes.sealed import X25519Boxes, decrypted, encrypted, new_pair
from visavis.domain.errors import KeyUnavailable, ValueInvalid

SECRET, PUBLIC = new_pair()
BOXES = X25519Boxes()


def test_a_box_opens_for_whom_it_was_made() -> None:
    box = BOXES.seal(b"what is inside", PUBLIC, b"about")
    assert BOXES.open(box, SECRET, b"about") == b"what is inside"
    assert b"inside" not in box
    assert BOXES.seal(b"what is inside", PUBLIC, b"about")[:32] != box[:32]


@pytest.mark.parametrize("place", [0, 31, 32, -1])
def test_a_box_that_was_altered_does_not_open(place: int) -> None:
    box = bytearray(BOXES.seal(b"what is inside", PUBLIC, b"about"))
    box[place] ^= 1
    with pytest.raises(KeyUnavailable):
        BOXES.open(bytes(box), SECRET, b"about")


def test_a_box_opens_for_nobody_else_and_about_nothing_else() -> None:
    box = BOXES.seal(b"", PUBLIC, b"about")
    with pytest.raises(KeyUnavailable):
        BOXES.open(box, new_pair()[0], b"about")
    with pytest.raises(KeyUnavailable):
        BOXES.open(box, SECRET, b"about something else")


@pytest.mark.parametrize("content", [b"", bytes(31), bytes(32), bytes(48)])
def test_what_is_no_box_is_refused(content: bytes) -> None:
    with pytest.raises(KeyUnavailable):
        BOXES.open(content, SECRET, b"")


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(32)])
def test_what_is_no_key_is_refused(key: bytes) -> None:
    """32 zeros are a point of small order, which would give the same secret to everybody."""
    with pytest.raises(ValueInvalid):
        BOXES.seal(b"x", key, b"")


def test_files_open_with_their_key_in_their_place() -> None:
    key = bytes(range(32))
    content = encrypted(b"plain", key, b"here")
    assert decrypted(content, key, b"here") == b"plain"
    for wrong in (content[:-1], content + b"x", b""):
        with pytest.raises(KeyUnavailable):
            decrypted(wrong, key, b"here")
    with pytest.raises(KeyUnavailable):
        decrypted(content, bytes(32), b"here")
    with pytest.raises(KeyUnavailable):
        decrypted(content, key, b"there")
