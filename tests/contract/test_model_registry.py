"""The contract of evaluation cards and of the history of promotions, in memory and in files."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.application.cards import AT, card
from tests.unit.wire import values
from visavis.adapters.memory.model_registry import MemoryCards, MemoryPromotionLog
from visavis.adapters.onnx.cards import FileCards
from visavis.adapters.onnx.promotions import FilePromotionLog
from visavis.application.ports.model_registry import MOST_CARDS, Cards, PromotionLog
from visavis.domain.errors import FileUnreadable, ModelDown, PreconditionFailed, SettingsInvalid
from visavis.domain.promotion import Change, ComparedBy, PromotionEntry, PromotionHistory

PROMOTED = PromotionEntry(
    at=AT,
    change=Change.PROMOTED,
    pack="standard",
    model="arcface/x/y/512",
    weights=("a" * 64, "b" * 64),
    card="c" * 64,
    gate="d" * 64,
    compared_by=ComparedBy.PAIRED,
    compared_with="light",
)
BACK = PromotionEntry(at=AT + timedelta(days=1), change=Change.ROLLED_BACK, pack=None)


class CardsContract:
    def test_gives_back_what_it_keeps_the_newest_first(self, cards: Cards) -> None:
        old, new = card(), card(at=AT + timedelta(days=1), subjects=501)
        kept = [cards.keep(one) for one in (new, old)]
        assert [one.card for one in cards.of("standard")] == [new, old]
        assert [one.digest for one in cards.of("standard")] == [kept[0].digest, kept[1].digest]
        assert cards.of("light") == ()

    def test_keeps_an_equal_card_once(self, cards: Cards) -> None:
        assert cards.keep(card()).digest == cards.keep(card()).digest
        assert len(cards.of("standard")) == 1

    def test_is_bounded_and_spares_cards_that_are_needed(self, cards: Cards) -> None:
        first = cards.keep(card())
        for day in range(1, MOST_CARDS + 3):
            cards.keep(card(at=AT + timedelta(days=day)), held=frozenset({first.digest}))
        found = cards.of("standard")
        assert len(found) == MOST_CARDS + 1
        assert found[-1] == first
        assert found[-2].card.at == AT + timedelta(days=3)

    def test_packs_do_not_push_each_other_out(self, cards: Cards) -> None:
        cards.keep(card(replace(values.pack(), name="light")))
        for day in range(MOST_CARDS + 1):
            cards.keep(card(at=AT + timedelta(days=day)))
        assert len(cards.of("light")) == 1


class PromotionLogContract:
    def test_begins_empty_and_grows(self, log: PromotionLog) -> None:
        assert log.read() == PromotionHistory()
        log.append(PROMOTED, after=log.read())
        log.append(BACK, after=log.read())
        assert log.read().entries == (PROMOTED, BACK)

    def test_refuses_a_line_after_another_history(self, log: PromotionLog) -> None:
        before = log.read()
        log.append(PROMOTED, after=before)
        with pytest.raises(PreconditionFailed):
            log.append(BACK, after=before)
        assert log.read().entries == (PROMOTED,)


class TestMemoryCards(CardsContract):
    @pytest.fixture
    def cards(self) -> Cards:
        return MemoryCards()


class TestFileCards(CardsContract):
    @pytest.fixture
    def cards(self, tmp_path: Path) -> FileCards:
        return FileCards(tmp_path, shipped=tmp_path / "none")

    def test_a_changed_card_is_found(self, cards: FileCards) -> None:
        path = cards.path(cards.keep(card()))
        path.write_text(path.read_text().replace('"subjects": 500', '"subjects": 5000'))
        with pytest.raises(FileUnreadable, match="changed"):
            cards.of("standard")

    def test_a_card_cut_short_is_found(self, cards: FileCards) -> None:
        path = cards.path(cards.keep(card()))
        path.write_bytes(path.read_bytes()[:100])
        with pytest.raises(FileUnreadable):
            cards.of("standard")

    def test_cards_that_came_with_visavis_come_last(self, tmp_path: Path) -> None:
        shipped = FileCards(tmp_path / "package", shipped=tmp_path / "none")
        shipped.keep(card(at=AT + timedelta(days=9)))
        cards = FileCards(tmp_path, shipped=tmp_path / "package" / "cards")
        cards.keep(card())
        assert [one.shipped for one in cards.of("standard")] == [False, True]

    def test_a_directory_that_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "cards").write_text("in the way")
        with pytest.raises(ModelDown):
            FileCards(tmp_path).keep(card())


class TestMemoryPromotionLog(PromotionLogContract):
    @pytest.fixture
    def log(self) -> PromotionLog:
        return MemoryPromotionLog()


class TestFilePromotionLog(PromotionLogContract):
    @pytest.fixture
    def log(self, tmp_path: Path) -> FilePromotionLog:
        return FilePromotionLog(tmp_path)

    @pytest.mark.parametrize(
        "content",
        [
            "",
            "[]",
            "{",
            '{"schema": 2, "entries": []}',
            '{"schema": 1}',
            '{"schema": 1, "entries": [1]}',
            '{"schema": 1, "entries": [{"at": "2026-01-01T00:00:00"}]}',
            '{"schema": 1, "entries": [{"at": "never", "change": "promoted", "compared_by": "cards"}]}',
            '{"schema": 1, "entries": [], "more": 1}',
        ],
    )
    def test_a_damaged_register_is_never_taken_for_an_empty_one(
        self, log: FilePromotionLog, tmp_path: Path, content: str
    ) -> None:
        (tmp_path / "registry.json").write_text(content)
        with pytest.raises(SettingsInvalid, match="damaged"):
            log.read()
        with pytest.raises(SettingsInvalid):
            log.append(PROMOTED, after=PromotionHistory())
        assert (tmp_path / "registry.json").read_text() == content

    def test_what_was_half_written_is_not_there(self, log: FilePromotionLog, tmp_path: Path) -> None:
        log.append(PROMOTED, after=log.read())
        (tmp_path / ".registry.json.abc").write_text("{")  # of a process that died before it published
        assert log.read().entries == (PROMOTED,)
        rows = json.loads((tmp_path / "registry.json").read_text())["entries"]
        assert [row["pack"] for row in rows] == ["standard"]

    def test_a_directory_that_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "locks").write_text("in the way")
        with pytest.raises(ModelDown):
            FilePromotionLog(tmp_path).append(PROMOTED, after=PromotionHistory())
