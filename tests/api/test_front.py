"""The sign-in page: where one-time links lead to."""

import base64
import hashlib
import re

import pytest

from tests.api.serving import Served

pytestmark = pytest.mark.anyio


async def test_the_bare_address_leads_to_the_page(service: Served) -> None:
    async with service.client() as client:
        response = await client.get("/")
        assert (response.status_code, response.headers["location"]) == (303, "/sign-in")
        page = await client.get("/sign-in")
    assert page.headers["content-type"].startswith("text/html")
    assert "organisation" not in page.text  # no identity provider is configured
    assert "http://" not in page.text
    assert "https://" not in page.text


async def test_only_its_own_script_and_style_may_run(service: Served) -> None:
    async with service.client() as client:
        page = await client.get("/sign-in")
    policy = page.headers["content-security-policy"]
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert page.headers["x-frame-options"] == "DENY"
