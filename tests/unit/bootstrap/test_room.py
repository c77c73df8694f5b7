"""How many requests with pictures a process answers at a time."""

import pytest

from visavis.bootstrap.room import Room
from visavis.domain.access import Permission
from visavis.domain.errors import Overloaded


def test_further_requests_are_refused_and_places_are_given_back() -> None:
    room = Room(most=2)
    with room.place({Permission.IDENTIFY}), room.place({Permission.ENROL}):
        with pytest.raises(Overloaded) as refused, room.place({Permission.DETECT}):
            pass
        assert refused.value.retry_after_s == 1.0
        with room.place({Permission.GALLERIES_READ}):  # takes no place
            assert room.inside == 2
    assert (room.inside, room.refused) == (0, 1)
    with room.place({Permission.VERIFY}):
        assert room.inside == 1


def test_a_request_that_fails_gives_its_place_back() -> None:
    room = Room(most=1)
    with pytest.raises(ValueError, match="wrong"), room.place({Permission.IDENTIFY}):
        raise ValueError("wrong")
    assert room.inside == 0
