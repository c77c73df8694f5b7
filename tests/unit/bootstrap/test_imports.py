"""Whose photos a path can name."""

import uuid
from pathlib import Path

import pytest

from visavis.bootstrap.desk import imports
from visavis.domain.errors import VisavisError
from visavis.domain.subject import DEFAULT_TENANT, TenantId
from visavis.settings import JobSettings, Settings

pytestmark = pytest.mark.anyio


async def test_photos_on_the_servers_disk_are_the_default_tenants(tmp_path: Path) -> None:
    (tmp_path / "ada.jpg").write_bytes(b"photo")
    settings = Settings(jobs=JobSettings(import_dir=tmp_path))
    assert await imports(settings, DEFAULT_TENANT).read("ada.jpg") == b"photo"
    with pytest.raises(VisavisError):
        await imports(settings, TenantId(uuid.uuid4())).read("ada.jpg")
