"""Cameras in PostgreSQL."""

from psycopg.errors import UniqueViolation
from psycopg.rows import TupleRow

from visavis.adapters.postgres.connection import Connection
from visavis.domain.camera import Camera, CameraId, Direction, Place
from visavis.domain.errors import AlreadyExists, CameraNotFound, PreconditionFailed
from visavis.domain.subject import TenantId

_COLUMNS = "camera_id, name, site, zone, direction, note, created_at"
_INSERT = f"""
    INSERT INTO cameras (tenant_id, {_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""  # noqa: S608  # constants only
_FIND = f"SELECT {_COLUMNS} FROM cameras WHERE tenant_id = %s AND name = %s"  # noqa: S608  # constants only
_GET = f"SELECT {_COLUMNS} FROM cameras WHERE tenant_id = %s AND camera_id = %s"  # noqa: S608  # constants only
_LOCK = f"{_GET} FOR UPDATE"
_PAGE = f"""
    SELECT {_COLUMNS} FROM cameras
    WHERE tenant_id = %(tenant)s AND name > %(after)s
      AND (%(site)s::text IS NULL OR site = %(site)s) AND (%(zone)s::text IS NULL OR zone = %(zone)s)
    ORDER BY name LIMIT %(limit)s
"""  # noqa: S608  # constants only
_REPLACE = """
    UPDATE cameras SET name = %s, site = %s, zone = %s, direction = %s, note = %s
    WHERE tenant_id = %s AND camera_id = %s
"""
_DELETE = "DELETE FROM cameras WHERE tenant_id = %s AND camera_id = %s"


class PostgresCameras:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self._tenant = tenant

    async def add(self, camera: Camera) -> None:
        values = (camera.id, camera.name, *_kept(camera), camera.created_at)
        if (await self._connection.execute(_INSERT, (self._tenant, *values))).rowcount == 0:
            raise _taken(camera)

    async def find(self, name: str) -> Camera | None:
        row = await (await self._connection.execute(_FIND, (self._tenant, name))).fetchone()
        return None if row is None else _camera(row)

    async def by_name(self, name: str) -> Camera:
        found = await self.find(name)
        if found is None:
            raise CameraNotFound(f"There is no camera {name!r}.")
        return found

    async def get(self, camera_id: CameraId) -> Camera:
        return await self._one(_GET, camera_id)

    async def page(
        self, *, site: str | None = None, zone: str | None = None, after: str = "", limit: int = 100
    ) -> list[Camera]:
        names = {"tenant": self._tenant, "site": site, "zone": zone, "after": after, "limit": limit}
        return [_camera(row) async for row in await self._connection.execute(_PAGE, names)]

    async def replace(self, camera: Camera, *, expected: Camera | None = None) -> None:
        before = await self._one(_LOCK, camera.id)
        if expected is not None and before != expected:
            raise PreconditionFailed
        values = (camera.name, *_kept(camera), self._tenant, camera.id)
        try:
            async with self._connection.transaction():
                await self._connection.execute(_REPLACE, values)
        except UniqueViolation as error:
            raise _taken(camera) from error

    async def remove(self, camera_id: CameraId) -> None:
        if (await self._connection.execute(_DELETE, (self._tenant, camera_id))).rowcount == 0:
            raise CameraNotFound

    async def _one(self, query: str, camera_id: CameraId) -> Camera:
        row = await (await self._connection.execute(query, (self._tenant, camera_id))).fetchone()
        if row is None:
            raise CameraNotFound
        return _camera(row)


def _kept(camera: Camera) -> tuple[str, str, str, str]:
    return camera.place.site, camera.place.zone, camera.place.direction, camera.note


def _taken(camera: Camera) -> AlreadyExists:
    return AlreadyExists(f"There is a camera {camera.name!r} already.")


def _camera(row: TupleRow) -> Camera:
    camera_id, name, site, zone, direction, note, created_at = row
    return Camera(
        id=CameraId(camera_id),
        name=name,
        place=Place(site=site, zone=zone, direction=Direction(direction)),
        created_at=created_at,
        note=note,
    )
