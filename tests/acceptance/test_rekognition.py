"""The tour of an application that was written for Amazon Rekognition: only the address and the keys differ."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.dialects import memory, postgres
from tests.rekognition.server import Server, serving
from visavis.bootstrap.models import Models

pytestmark = [pytest.mark.models, pytest.mark.data, pytest.mark.enable_socket]

PEOPLE = ("amy", "howard", "leonard", "penny", "sheldon")


@pytest.fixture(params=["memory", "postgres"])
def server(request: pytest.FixtureRequest, models: Models) -> Iterator[Server]:
    opening = memory
    if request.param == "postgres":
        opening = postgres(request.getfixturevalue("postgres_url"))
    with serving(open_store=opening) as running:
        yield running


@pytest.fixture
def people(shared_data: Path) -> dict[str, list[bytes]]:
    """Four photographs of each: three to be indexed, one to be asked about."""
    return {
        name: [path.read_bytes() for path in sorted((shared_data / "bbt" / name).iterdir())[:4]]
        for name in PEOPLE
    }


@pytest.fixture
def strangers(shared_data: Path) -> list[bytes]:
    return [
        path.read_bytes() for path in sorted((shared_data / "lfw-dev" / "images").rglob("*.jpg"))[:400:40]
    ]


def test_tour(
    server: Server, people: dict[str, list[bytes]], strangers: list[bytes], shared_data: Path
) -> None:
    client: Any = server.client()
    client.create_collection(CollectionId="cast")

    # index 5 people × 3
    indexed: dict[str, list[str]] = {}
    for name, photos in people.items():
        for photo in photos[:3]:
            done = client.index_faces(
                CollectionId="cast", Image={"Bytes": photo}, ExternalImageId=name, MaxFaces=1
            )
            (record,) = done["FaceRecords"]
            indexed.setdefault(name, []).append(record["Face"]["FaceId"])
            assert record["FaceDetail"]["Confidence"] > 90
    assert client.describe_collection(CollectionId="cast")["FaceCount"] == 15

    # search by image, search faces
    for name, photos in people.items():
        found = client.search_faces_by_image(
            CollectionId="cast", Image={"Bytes": photos[3]}, FaceMatchThreshold=90
        )
        assert found["FaceMatches"], name
        assert {match["Face"]["ExternalImageId"] for match in found["FaceMatches"]} == {name}
        others = client.search_faces(CollectionId="cast", FaceId=indexed[name][0])
        assert {match["Face"]["FaceId"] for match in others["FaceMatches"]} == set(indexed[name][1:])
    for photo in strangers:
        found = client.search_faces_by_image(
            CollectionId="cast", Image={"Bytes": photo}, FaceMatchThreshold=99
        )
        assert found["FaceMatches"] == []

    # users
    for name, faces in indexed.items():
        client.create_user(CollectionId="cast", UserId=name)
        done = client.associate_faces(CollectionId="cast", UserId=name, FaceIds=faces)
        assert len(done["AssociatedFaces"]) == 3
    wrong = client.associate_faces(CollectionId="cast", UserId="amy", FaceIds=indexed["penny"])
    assert {tuple(one["Reasons"]) for one in wrong["UnsuccessfulFaceAssociations"]} == {
        ("ASSOCIATED_TO_A_DIFFERENT_USER",)
    }
    for name, photos in people.items():
        found = client.search_users_by_image(CollectionId="cast", Image={"Bytes": photos[3]})
        assert [match["User"]["UserId"] for match in found["UserMatches"]][:1] == [name]
        found = client.search_users(CollectionId="cast", UserId=name)
        assert name not in {match["User"]["UserId"] for match in found["UserMatches"]}

    # compare, detect
    group = sorted((shared_data / "bbt" / "groups").iterdir())[0].read_bytes()
    faces = client.detect_faces(Image={"Bytes": group})["FaceDetails"]
    assert len(faces) >= 4
    compared = client.compare_faces(
        SourceImage={"Bytes": people["sheldon"][0]}, TargetImage={"Bytes": group}, SimilarityThreshold=80
    )
    assert len(compared["FaceMatches"]) == 1
    assert len(compared["UnmatchedFaces"]) == len(faces) - 1

    # list with pagination, delete
    pages = list(
        client.get_paginator("list_faces").paginate(CollectionId="cast", PaginationConfig={"PageSize": 4})
    )
    assert [len(page["Faces"]) for page in pages] == [4, 4, 4, 3]
    assert {face["UserId"] for page in pages for face in page["Faces"]} == set(PEOPLE)
    client.disassociate_faces(CollectionId="cast", UserId="amy", FaceIds=indexed["amy"])
    gone = client.delete_faces(CollectionId="cast", FaceIds=indexed["amy"])["DeletedFaces"]
    assert set(gone) == set(indexed["amy"])
    found = client.search_faces_by_image(CollectionId="cast", Image={"Bytes": people["amy"][3]})
    assert found["FaceMatches"] == []
    client.delete_user(CollectionId="cast", UserId="amy")
    client.delete_collection(CollectionId="cast")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_collection(CollectionId="cast")
