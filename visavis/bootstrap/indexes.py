"""Where galleries are searched, as the settings say."""

from importlib import import_module

from visavis.adapters.index.exact import ExactIndex
from visavis.adapters.index.plain import Float32Index
from visavis.adapters.index.process import ProcessIndexes
from visavis.application.ports.index import Indexes
from visavis.application.ports.keys import MasterKeys
from visavis.domain.errors import DependencyMissing, SettingsInvalid
from visavis.settings import Settings


def indexes(settings: Settings, keys: MasterKeys | None) -> Indexes:
    """In this process, or in Milvus; a store without master keys lives in this process, and so does its index.

    Connects to nothing yet. Raises `SettingsInvalid` without a URL, `DependencyMissing` without the client.
    """
    if settings.index.kind == "memory" or keys is None:
        return ProcessIndexes(Float32Index if settings.exact_index else ExactIndex)
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
