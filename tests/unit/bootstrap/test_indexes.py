"""Which index the settings choose."""

import pytest

from visavis.adapters.index.cascade import CascadeIndex
from visavis.adapters.index.exact import ExactIndex
from visavis.adapters.index.plain import Float32Index
from visavis.adapters.index.process import ProcessIndexes
from visavis.adapters.keys.memory import MemoryMasterKeys
from visavis.bootstrap.indexes import in_memory, indexes
from visavis.domain.errors import SettingsInvalid
from visavis.settings import load_settings

MILVUS = {"kind": "milvus", "milvus_url": "http://name:secret@milvus.invalid:1", "milvus_token": "secret"}


def test_the_memory_of_the_process_unless_told_otherwise() -> None:
    assert indexes(load_settings(), MemoryMasterKeys()) == ProcessIndexes(in_memory("auto"))
    assert indexes(load_settings(exact_index=True), MemoryMasterKeys()) == ProcessIndexes(Float32Index)


def test_one_setting_chooses_how_memory_is_searched() -> None:
    pytest.importorskip("faiss", reason="needs the extra visavis[cascade]")
    for mode, dimension, kind in (
        ("exact", 512, ExactIndex),
        ("auto", 512, CascadeIndex),
        ("auto", 128, ExactIndex),
        ("cascade", 128, CascadeIndex),
    ):
        chosen = indexes(load_settings(index={"mode": mode}), MemoryMasterKeys())
        assert isinstance(chosen, ProcessIndexes)
        assert type(chosen.make(dimension)) is kind


def test_a_store_without_keys_is_never_searched_elsewhere() -> None:
    assert isinstance(indexes(load_settings(index=MILVUS), None), ProcessIndexes)


def test_milvus_needs_a_url() -> None:
    with pytest.raises(SettingsInvalid):
        indexes(load_settings(index={"kind": "milvus"}), MemoryMasterKeys())


def test_choosing_milvus_connects_to_nothing_and_shows_no_secret() -> None:
    pytest.importorskip("pymilvus", reason="needs the extra visavis[milvus]")
    from visavis.adapters.milvus.indexes import MilvusIndexes

    chosen = indexes(load_settings(index=MILVUS), MemoryMasterKeys())
    assert isinstance(chosen, MilvusIndexes)
    assert "secret" not in repr(chosen)
    assert chosen.connection.place == "milvus.invalid:1"
