"""Which pack is used where none is named: setting, promotion, built-in default, in this order."""

from pathlib import Path

import pytest

from tests.contract.test_model_registry import BACK, PROMOTED
from visavis.bootstrap.doctor import examine_models
from visavis.bootstrap.models import Models
from visavis.bootstrap.pack_entries import pack_entry
from visavis.bootstrap.registry import ModelRegistry
from visavis.domain.errors import SettingsInvalid
from visavis.domain.promotion import PromotionEntry
from visavis.settings import load_settings


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Models:
    monkeypatch.setenv("VISAVIS_MODELS__DIRECTORY", str(tmp_path))
    monkeypatch.setenv("VISAVIS_MODELS__OFFLINE", "true")
    monkeypatch.delenv("VISAVIS_MODELS__PACK", raising=False)
    monkeypatch.chdir(tmp_path)
    return Models(load_settings())


def promote(models: Models, pack: str) -> None:
    from dataclasses import replace

    models.promotions.append(replace(PROMOTED, pack=pack), after=models.promotions.read())


def test_the_built_in_default_holds_until_a_pack_is_promoted(models: Models) -> None:
    assert (models.default, models.promoted) == ("standard", None)
    promote(models, "light")
    assert (models.default, models.promoted) == ("light", "light")
    assert Models(models.settings).pack().name == "light"
    models.promotions.append(BACK, after=models.promotions.read())
    assert models.default == "standard"


def test_a_setting_wins(models: Models, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    promote(models, "light")
    monkeypatch.setenv("VISAVIS_MODELS__PACK", "standard")
    assert Models(load_settings()).default == "standard"
    monkeypatch.delenv("VISAVIS_MODELS__PACK")
    (tmp_path / "visavis.toml").write_text('[models]\npack = "classic"\n')
    configured = Models(load_settings())
    assert configured.default == "classic"
    assert configured.promoted == "light"


def test_lists_say_which_it_is_and_show_the_card_that_came_with_it(models: Models) -> None:
    promote(models, "light")
    light, standard = (pack_entry(models, models.pack(name)) for name in ("light", "standard"))
    assert (light.default, light.promoted, standard.default, standard.promoted) == (True, True, False, False)
    assert standard.card is not None
    assert standard.card.shipped
    assert standard.card.fnmr["0.001"] < 0.01


def test_every_shipped_card_is_of_the_weights_that_are_shipped(models: Models) -> None:
    registry = ModelRegistry(models)
    for name in ("standard", "light", "classic"):
        (kept,) = registry.cards.of(name)
        assert kept.shipped
        assert kept.card.is_of(models.catalogue.pack(name))


def test_a_damaged_register_is_said_and_never_ignored(models: Models, tmp_path: Path) -> None:
    (tmp_path / "registry.json").write_text("{")
    with pytest.raises(SettingsInvalid, match="damaged"):
        _ = models.default
    findings = examine_models(models.settings)
    assert any(one.state == "problem" and "registry.json" in one.message for one in findings)


def test_the_doctor_names_the_default_and_notices_other_weights(models: Models) -> None:
    promote(models, "light")
    found = {one.check: one for one in examine_models(models.settings)}
    assert found["default pack"].message == "light, the promoted one"
    assert found["promotion"].state == "warning"
    assert "other weights" in found["promotion"].message
    assert isinstance(models.promotions.read().in_force, PromotionEntry)
