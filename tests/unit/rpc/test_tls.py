"""TLS, and certificates of clients."""

from pathlib import Path

import grpc
import pytest

from tests.unit.rpc.certificates import Authority, Pair
from tests.unit.rpc.serving import Bench, serving, within
from visavis.domain.access import Permission
from visavis.domain.errors import SettingsInvalid
from visavis.wire.proto import visavis_pb2 as pb
from visavis.wire.proto import visavis_pb2_grpc as stubs

pytestmark = pytest.mark.anyio


def credentials_of(authority: Path, shown: Pair | None) -> grpc.ChannelCredentials:
    return grpc.ssl_channel_credentials(
        root_certificates=authority.read_bytes(),
        private_key=shown.key.read_bytes() if shown else None,
        certificate_chain=shown.certificate.read_bytes() if shown else None,
    )


async def galleries(bench: Bench, authority: Path, shown: Pair | None = None) -> pb.ListGalleriesResponse:
    credentials = credentials_of(authority, shown)
    sent = await bench.metadata(Permission.GALLERIES_READ)
    async with grpc.aio.secure_channel(f"127.0.0.1:{bench.port}", credentials) as channel:
        stub = stubs.GalleriesStub(channel)
        found: pb.ListGalleriesResponse = await within(
            stub.ListGalleries(pb.ListGalleriesRequest(), metadata=sent)
        )
        return found


async def test_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pair = authority.pair("server")
    async with serving(tls_certificate=pair.certificate, tls_key=pair.key) as bench:
        await bench.gallery()
        assert len((await galleries(bench, authority.path)).galleries) == 1
        stranger = Authority(tmp_path, "stranger")
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await galleries(bench, stranger.path)
        assert error.value.code() is grpc.StatusCode.UNAVAILABLE
        with pytest.raises(grpc.aio.AioRpcError):
            await within(bench.galleries.ListGalleries(pb.ListGalleriesRequest()))  # without TLS


async def test_mtls(tmp_path: Path) -> None:
    authority, other = Authority(tmp_path), Authority(tmp_path, "other")
    pair = authority.pair("server")
    given = {"tls_certificate": pair.certificate, "tls_key": pair.key, "tls_client_ca": authority.path}
    async with serving(**given) as bench:
        await bench.gallery()
        found = await galleries(bench, authority.path, authority.pair("gateway"))
        assert len(found.galleries) == 1
        for shown in (None, other.pair("gateway")):
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await galleries(bench, authority.path, shown)
            assert error.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_certificate_without_a_key_is_a_wrong_setting(tmp_path: Path) -> None:
    pair = Authority(tmp_path).pair("server")
    with pytest.raises(SettingsInvalid, match="tls_key"):
        async with serving(tls_certificate=pair.certificate):
            pass
    with pytest.raises(SettingsInvalid, match="cannot be read"):
        async with serving(tls_certificate=pair.certificate, tls_key=tmp_path / "none"):
            pass
    with pytest.raises(SettingsInvalid, match="cannot listen"):
        async with serving(tls_certificate=pair.key, tls_key=pair.certificate):
            pass
