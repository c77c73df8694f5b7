"""Cameras, tracks and the templates of events over memory and PostgreSQL."""

import pytest

from tests.contract.store_cameras import (
    CamerasContract,
    PicturesContract,
    ProbesContract,
    TracksContract,
)
from tests.contract.stores import OverMemory, OverPostgres

pytestmark = pytest.mark.anyio


class CameraStoreContract(CamerasContract, TracksContract, ProbesContract, PicturesContract):
    pass


class TestMemory(OverMemory, CameraStoreContract):
    pass


class TestPostgres(OverPostgres, CameraStoreContract):
    pass
