"""Comparing, evaluating and promoting packs, as an engineer does it at the command line."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.acceptance.conftest import Machine
from visavis.bootstrap.models import Models
from visavis.wire.cards import CardsDocument, PromotionDocument, PromotionsDocument
from visavis.wire.compare_models import CompareModelsDocument
from visavis.wire.errors import ErrorDocument
from visavis.wire.packs import ModelsDocument

pytestmark = [pytest.mark.models, pytest.mark.data, pytest.mark.usefixtures("models")]

LENIENT = """
schema = 1
[data]
least_subjects = 5
least_mated = 50
least_non_mated = 500
[limits]
fnmr = []
"""
"""Eight people can measure no rate: only the limit of searches is left, which binds where it was measured."""


@pytest.fixture
def people(machine: Machine, bbt: Path) -> Path:
    """Eight people in five photos each."""
    folder = machine.home / "people"
    shutil.copytree(bbt, folder, ignore=shutil.ignore_patterns("groups"))
    return folder


@pytest.fixture
def own(machine: Machine, models: Models) -> Iterator[Machine]:
    """A machine with a model directory of its own, so that no other test sees what is promoted."""
    target = machine.home / "models"
    for part in ("artefacts", "graphs"):
        shutil.copytree(models.directory / part, target / part, copy_function=_linked)
    here = replace(machine, environment=machine.environment | {"VISAVIS_MODELS__DIRECTORY": str(target)})
    yield here
    here.visavis("down", code=None)


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def test_two_packs_side_by_side(machine: Machine, people: Path) -> None:
    report = machine.home / "report.html"
    ended = machine.visavis(
        "evaluate", "compare", "classic", "standard", people, "--report", report, "--json"
    )
    document = CompareModelsDocument.model_validate_json(ended.out)
    assert (document.photos, document.subjects, document.mated) == (40, 8, 80)
    assert document.verdict == "not_enough_data"  # eight people
    by_name = {one.name: one for one in document.figures}
    assert by_name["template, bytes"].difference.ratio == 4.0
    assert by_name["time per photo, ms"].a.value > 1.0
    assert by_name["equal error rate"].a.value >= by_name["equal error rate"].b.value
    assert "30 people with 2 photos or more; here are 8" in by_name["equal error rate"].advice
    page = report.read_text()
    assert "Is standard better than classic?" in page
    assert "http://" not in page.replace("http://www.w3.org/", "")
    table = machine.visavis("evaluate", "compare", "standard", "light", people).out
    assert "not enough data to tell standard and light apart" in table


def test_a_pack_is_evaluated_refused_promoted_and_taken_back(own: Machine, people: Path) -> None:
    kept = own.visavis("models", "evaluate", "light", people, "--data", "eight people", "--json")
    card = CardsDocument.model_validate_json(kept.out).cards[0]
    assert (card.data, card.subjects, card.photos, card.current) == ("eight people", 8, 40, True)
    known = CardsDocument.model_validate_json(own.visavis("models", "card", "light", "--json").out).cards
    assert [one.shipped for one in known] == [False, True]
    assert known[0] == card
    assert "eight people" in own.visavis("models", "info", "light").out

    refused = own.visavis("models", "promote", "light", "--json", code=3)
    error = ErrorDocument.model_validate_json(refused.out)
    assert error.code == "gate_failed"
    assert "data_subjects" in error.reasons
    assert "people of the card: 8; wanted: 100 or more" in refused.err
    gate = own.home / "lenient.toml"
    gate.write_text(LENIENT)
    compared = own.visavis("models", "promote", "light", "--gate", gate, "--data", people, code=3)
    assert "against standard, the pack in force: not enough data" in compared.err
    assert _promoted(own) == (None, "standard")

    gate.write_text(LENIENT + '[promoted]\nmust_be = "anything"\n')
    done = PromotionDocument.model_validate_json(
        own.visavis("models", "promote", "light", "--gate", gate, "--json").out
    )
    assert (done.entry.pack, done.default, done.entry.card) == ("light", "light", card.digest)
    assert all(one.passed for one in done.criteria)
    assert not done.audited  # there is no store on this machine yet
    assert _promoted(own) == ("light", "light")
    marked = {one.name: one for one in _list(own).packs}
    assert (marked["light"].default, marked["standard"].default) == (True, False)
    assert "light, the promoted one" in own.visavis("doctor").out

    back = own.visavis("models", "rollback").out
    assert "the built-in default holds" in back
    assert _promoted(own) == (None, "standard")
    assert "nothing to go back to" in own.visavis("models", "rollback", code=2).err


@pytest.mark.postgres
def test_new_galleries_have_the_promoted_pack_and_old_ones_keep_theirs(own: Machine, people: Path) -> None:
    photo = next((people / "amy").iterdir())
    own.visavis("up")
    own.visavis("galleries", "create", "before")
    assert "visavis galleries re-embed" in own.visavis("models", "promote", "light").out
    own.visavis("galleries", "create", "after")
    galleries = own.visavis("galleries", "--json").document["galleries"]
    assert isinstance(galleries, list)
    assert {one["name"]: one["pack"] for one in galleries} == {"before": "standard", "after": "light"}
    own.visavis("enrol", "amy", photo, "--gallery", "after")
    trail = own.visavis("audit", "--json").out
    assert '"model.changed"' in trail
    assert "pack:light" in trail
    own.visavis("models", "rollback")
    assert "pack:built-in" in own.visavis("audit", "--json").out


def _list(machine: Machine) -> ModelsDocument:
    return ModelsDocument.model_validate_json(machine.visavis("models", "list", "--json").out)


def _promoted(machine: Machine) -> tuple[str | None, str]:
    history = PromotionsDocument.model_validate_json(machine.visavis("models", "history", "--json").out)
    return history.promoted, history.default
