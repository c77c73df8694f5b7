"""What people read about comparisons, cards and promotions."""

from collections.abc import Callable
from io import StringIO

from rich.console import Console

from tests.contract.test_model_registry import BACK, PROMOTED
from tests.unit.application.cards import card, kept
from visavis.cli import compare_models, model_cards, promotion
from visavis.wire.cards import (
    CardNote,
    CardsDocument,
    CriterionNote,
    PromotionDocument,
    PromotionNote,
    PromotionsDocument,
)
from visavis.wire.compare_models import (
    AmountNote,
    ComparedNote,
    ComparedPack,
    CompareModelsDocument,
    DifferenceNote,
)
from visavis.wire.packs import PackUse


def shown(render: Callable[[Console], None]) -> str:
    out = StringIO()
    render(Console(file=out, width=200, markup=False, highlight=False, emoji=False))
    return out.getvalue()


def compared(figure: str, name: str, a: float, b: float, **more: str) -> ComparedNote:
    amounts = [AmountNote(value=value, low=value / 2, high=value * 2) for value in (a, b)]
    difference = DifferenceNote(
        value=b - a,
        low=b - a - a / 10,
        high=b - a + a / 10,
        ratio=b / a,
        ratio_low=None,
        ratio_high=None,
        p_value=0.0123,
        b_better=0.99,
    )
    return ComparedNote(
        figure=figure,
        name=name,
        a=amounts[0],
        b=amounts[1],
        difference=difference,
        verdict="better",
        advice=more.get("advice", ""),
    )


def test_a_comparison() -> None:
    packs = [
        ComparedPack(
            pack=PackUse(name=name, model="m", commercial=commercial, licences=("MIT",)), failures={}
        )
        for name, commercial in (("old", True), ("new", False))
    ]
    document = CompareModelsDocument(
        a=packs[0],
        b=packs[1],
        measure="cosine",
        photos=2000,
        subjects=500,
        mated=4000,
        non_mated=400_000,
        verdict="better",
        summary="new is better than old: FNMR at FMR 0.001.",
        figures=(
            compared("fnmr_at_fmr", "FNMR at FMR 0.001", 0.02, 0.01, advice="Enough: more."),
            compared("photo_ms", "time per photo, ms", 20.0, 10.0),
            compared("template_bytes", "template, bytes", 2048.0, 512.0),
        ),
    )
    text = shown(lambda console: compare_models.render(console, document))
    assert text.startswith("new is better than old: FNMR at FMR 0.001.\n")
    assert "new, MIT (non-commercial weights)" in text
    assert "-1.00% (-1.20% to -0.80%)" in text
    assert "0.012" in text
    assert "-10.0 (-12.0 to -8.0)" in text
    assert "2,048" in text
    assert text.endswith("FNMR at FMR 0.001: Enough: more.\n")


def test_cards() -> None:
    notes = tuple(
        CardNote.of(kept(card(), digest * 64), current=current)
        for digest, current in (("a", True), ("b", False))
    )
    text = shown(lambda console: model_cards.render(console, CardsDocument(pack="standard", cards=notes)))
    assert "aaaaaaaaaaaa, 2026-01-02\n" in text
    assert "0.15% (2 no face, 1 too dark)" in text
    assert "FNIR at FPIR 0.1, 1 reference, 100 subjects" in text
    assert "bbbbbbbbbbbb 2026-01-02, staff photos, of other weights" in text
    none = shown(lambda console: model_cards.render(console, CardsDocument(pack="mine", cards=())))
    assert "visavis models evaluate mine DIR" in none


def test_promotions() -> None:
    criterion = CriterionNote(code="card", name="evaluation card", passed=True, found="abc", wanted="one")
    entry = PromotionNote.of(PROMOTED)
    done = PromotionDocument(entry=entry, default="classic", criteria=(criterion,), audited=True)
    text = shown(lambda console: promotion.render(console, done))
    assert "standard is the promoted pack." in text
    assert "But a setting (models.pack) names classic, which wins." in text
    back = PromotionDocument(entry=PromotionNote.of(BACK), default="standard", criteria=(), audited=False)
    text = shown(lambda console: promotion.render(console, back))
    assert "the built-in default holds" in text
    assert "visavis galleries re-embed GALLERY standard" in text
    history = PromotionsDocument(promoted=None, default="standard", entries=(PromotionNote.of(BACK), entry))
    text = shown(lambda console: promotion.render_history(console, history))
    assert "rolled back" in text
    assert "with light (paired)" in text
