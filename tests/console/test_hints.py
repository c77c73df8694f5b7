"""Whoever reads an error on a page is told what to do on pages."""

from uuid import uuid4

import pytest

from tests.console.conftest import Desk
from visavis.console.hints import _HINTS, hint
from visavis.domain import errors
from visavis.domain.access import Role
from visavis.domain.errors import NoFace, SubjectNotFound, VisavisError


def test_the_command_line_is_not_mentioned_to_those_before_a_page() -> None:
    assert "People" in hint(SubjectNotFound())
    assert hint(NoFace()) == NoFace.hint


@pytest.mark.parametrize("code", _HINTS)
def test_every_hint_is_for_an_error_that_there_is(code: str) -> None:
    kinds = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, VisavisError)]
    assert code in {one().code for one in kinds}


@pytest.mark.anyio
async def test_somebody_who_is_gone(desk: Desk) -> None:
    async with desk.browser(Role.AUDITOR) as auditor:
        answer = await auditor.get(f"/people/{uuid4()}")
    assert answer.status_code == 404
    assert "erased or merged" in answer.text
    assert "visavis subjects" not in answer.text


@pytest.mark.anyio
async def test_where_nobody_is_the_page_does_not_say_that_nobody_fits(desk: Desk) -> None:
    await desk.staff()
    async with desk.browser(Role.OWNER) as owner:
        assert "Nobody is known in staff yet." in (await owner.get("/people?gallery=staff")).text
        assert "Nobody is enrolled yet" in (await owner.get("/search")).text
