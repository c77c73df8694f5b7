"""Where galleries are searched, as the settings say."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

from visavis.adapters.index.cascade import CascadeIndex
from visavis.adapters.index.exact import ExactIndex
from visavis.adapters.index.plain import Float32Index
from visavis.adapters.index.process import ProcessIndexes
from visavis.application.ports.index import Index, Indexes
from visavis.application.ports.keys import MasterKeys
from visavis.domain.errors import DependencyMissing, SettingsInvalid
from visavis.settings import Settings

_CASCADE_DIMENSION = 256


def indexes(settings: Settings, keys: MasterKeys | None) -> Indexes:
    """In this process, or in Milvus; a store without master keys lives in this process, and so does its index.

    Connects to nothing yet. Raises `SettingsInvalid` without a URL, `DependencyMissing` without the client, or without
    faiss where the settings ask for a cascade.
    """
    if settings.index.kind == "memory" or keys is None:
        return ProcessIndexes(Float32Index if settings.exact_index else in_memory(settings.index.mode))
    if settings.index.milvus_url is None:
        raise SettingsInvalid(
            "index.kind is milvus, but index.milvus_url is not set.",
            hint="Set VISAVIS_INDEX__MILVUS_URL, for example to http://localhost:19530",
        )
    try:
        import_module("pymilvus")
    except ModuleNotFoundError as error:
        raise DependencyMissing(
            "The package pymilvus, which an index in Milvus needs, is not installed.",
            hint="Run: pip install 'visavis[milvus]'",
        ) from error
    from visavis.adapters.milvus.connection import Connection
    from visavis.adapters.milvus.indexes import MilvusIndexes

    token = settings.index.milvus_token
    connection = Connection(settings.index.milvus_url, token.get_secret_value() if token else "")
    return MilvusIndexes(connection, keys)


def in_memory(mode: str) -> Callable[[int], Index]:
    """What makes an index of a dimension. Raises `DependencyMissing`."""
    if mode == "exact":
        return ExactIndex
    installed = find_spec("faiss") is not None
    if mode == "auto":
        return automatic if installed else ExactIndex
    if not installed:
        raise DependencyMissing(
            "The package faiss-cpu, which a cascade needs, is not installed.",
            hint="Run: pip install 'visavis[cascade]', or set VISAVIS_INDEX__MODE=exact",
        )
    return CascadeIndex


def automatic(dimension: int) -> Index:
    """Two stages where they pay, which they begin to do among 20,000 rows; shorter templates are scanned as fast."""
    return CascadeIndex(dimension) if dimension >= _CASCADE_DIMENSION else ExactIndex(dimension)
