"""The built-in packs are what their cards say, and every name that is not there is helped along."""

from pathlib import Path

import pytest

from visavis.adapters.onnx.catalogue import Catalogue, builtin_packs
from visavis.domain.errors import FileUnreadable, ModelNotFound
from visavis.domain.pack import ColourOrder, SourceKind


def test_the_packs_that_are_promised(tmp_path: Path) -> None:
    names = [pack.name for pack in Catalogue(tmp_path).packs()]
    assert names == ["standard", "classic", "light", "sface", "buffalo_l", "buffalo_s"]
    assert all(pack.builtin for pack in builtin_packs())


def test_every_artefact_states_its_origin() -> None:
    for pack in builtin_packs():
        for artefact in pack.artefacts:
            assert len(artefact.provenance) > 40
            assert len(artefact.licence.words) > 20
            assert artefact.source.version or artefact.source.kind is SourceKind.HTTPS
            assert artefact.filename.endswith((".onnx", ".dat"))


def test_light_makes_the_templates_of_standard(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path)
    light, standard = catalogue.pack("light"), catalogue.pack("standard")
    assert light.embedder == standard.embedder
    assert light.detector.plan.max_side_px == 320
    assert not light.detector.plan.retry_rotated


@pytest.mark.parametrize(
    ("name", "colour", "mean", "scale", "side", "dimension"),
    [
        ("standard", ColourOrder.BGR, 127.0, 128.0, 112, 512),
        ("classic", ColourOrder.RGB, 0.0, 1.0, 150, 128),
        ("sface", ColourOrder.RGB, 0.0, 1.0, 112, 128),
        ("buffalo_l", ColourOrder.RGB, 127.5, 127.5, 112, 512),
        ("buffalo_s", ColourOrder.RGB, 127.5, 127.5, 112, 512),
    ],
)
def test_input_contracts(
    name: str, colour: ColourOrder, mean: float, scale: float, side: int, dimension: int, tmp_path: Path
) -> None:
    spec = Catalogue(tmp_path).pack(name).embedder
    assert (spec.colour, spec.mean, spec.scale) == (colour, (mean,) * 3, scale)
    assert (spec.side, spec.dimension) == (side, dimension)
    balanced = "-b3.65-0.4" if name == "standard" else ""
    assert spec.contract == f"{side}px-{colour}-{mean:g}-{scale:g}{balanced}"


def test_only_insightface_needs_a_yes() -> None:
    asking = {pack.name for pack in builtin_packs() if pack.needs_acceptance}
    assert asking == {"buffalo_l", "buffalo_s"}


def test_a_wrong_name_is_answered_with_similar_ones(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match=r"standart\. Did you mean standard\?"):
        Catalogue(tmp_path).pack("standart")
    with pytest.raises(ModelNotFound, match="There are standard, classic"):
        Catalogue(tmp_path).pack("qqq")
    with pytest.raises(ModelNotFound):
        Catalogue(tmp_path).pack("../standard")


def test_a_damaged_import_does_not_hide_the_built_in_packs(tmp_path: Path) -> None:
    place = tmp_path / "packs" / "mine" / "manifest.toml"
    place.parent.mkdir(parents=True)
    place.write_text("this is = = not TOML")
    assert Catalogue(tmp_path).pack("standard").name == "standard"
    with pytest.raises(FileUnreadable, match=r"mine.manifest\.toml is not valid TOML"):
        Catalogue(tmp_path).packs()
