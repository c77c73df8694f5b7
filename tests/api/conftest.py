"""A fresh service for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.api.serving import Served, served
from visavis.bootstrap.models import Models


@pytest.fixture
async def service() -> AsyncIterator[Served]:
    """For what needs no model."""
    async with served() as one:
        yield one


@pytest.fixture
async def recognising(models: Models) -> AsyncIterator[Served]:
    """With the real model packs."""
    async with served(models) as one:
        yield one
