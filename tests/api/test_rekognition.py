"""The Rekognition dialect with boto3, on pictures that say whom they show."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.dialects import memory, postgres
from tests.rekognition.photos import HEIGHT, WIDTH, PhotoInference, photo
from tests.rekognition.server import Server, serving
from visavis.application.ports.events import EventFilter
from visavis.domain.audit import Action
from visavis.domain.decision import Outcome
from visavis.domain.policy import Policy
from visavis.domain.subject import DEFAULT_TENANT

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module", params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    store = memory if request.param == "memory" else postgres(request.getfixturevalue("postgres_url"))
    with serving(lambda pack: PhotoInference(pack.embedder.model), store) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: Server) -> Any:
    return server.client()


@pytest.fixture
def collection(client: Any) -> Iterator[str]:
    name = f"c-{uuid.uuid4()}"
    client.create_collection(CollectionId=name)
    yield name
    client.delete_collection(CollectionId=name)


def index(client: Any, collection: str, *people: str, seed: int = 0, **options: Any) -> list[str]:
    done = client.index_faces(
        CollectionId=collection, Image={"Bytes": photo(*people, seed=seed)}, ExternalImageId="x:1", **options
    )
    return [record["Face"]["FaceId"] for record in done["FaceRecords"]]


def events(server: Server, collection: str) -> list[Any]:
    async def read() -> list[Any]:
        async with server.installation.store.transaction(DEFAULT_TENANT) as work:
            gallery = await work.galleries.by_name(collection)
            return await work.events.page(EventFilter(gallery_id=gallery.id))

    found: list[Any] = server.run(read())
    return found


def test_collections(client: Any) -> None:
    names = sorted(f"many-{number}-{uuid.uuid4()}" for number in range(5))
    for name in names:
        made = client.create_collection(CollectionId=name)
        assert made["StatusCode"] == 200
        assert made["CollectionArn"] == f"aws:rekognition:eu-west-1:000000000000:collection/{name}"
        assert float(made["FaceModelVersion"].split(".")[0]) == 7
    pages = list(client.get_paginator("list_collections").paginate(PaginationConfig={"PageSize": 2}))
    listed = [name for page in pages for name in page["CollectionIds"]]
    assert [name for name in listed if name in names] == names
    assert all(len(page["FaceModelVersions"]) == len(page["CollectionIds"]) <= 2 for page in pages)
    described = client.describe_collection(CollectionId=names[0])
    assert (described["FaceCount"], described["UserCount"]) == (0, 0)
    assert described["CollectionARN"].startswith("arn:aws:rekognition:")
    assert described["CreationTimestamp"].tzinfo is not None
    for name in names:
        assert client.delete_collection(CollectionId=name)["StatusCode"] == 200


def test_detect(client: Any) -> None:
    found = client.detect_faces(Image={"Bytes": photo("ann", "bob", bad=["bob"])}, Attributes=["ALL"])
    assert found["OrientationCorrection"] == "ROTATE_0"
    first, second = found["FaceDetails"]
    assert first["BoundingBox"] == {"Left": 0.0, "Top": 0.1, "Width": 60 / WIDTH, "Height": 60 / HEIGHT}
    assert first["Confidence"] == 99.9
    points = {one["Type"]: (one["X"], one["Y"]) for one in first["Landmarks"]}
    assert set(points) == {"eyeLeft", "eyeRight", "nose", "mouthLeft", "mouthRight"}
    assert points["eyeLeft"] == (0.05, 0.3)
    assert points["eyeLeft"][0] < points["eyeRight"][0]
    assert first["Pose"] == {"Roll": 1.0, "Yaw": 5.0, "Pitch": -3.0}
    assert first["Quality"] == {"Brightness": 50.0, "Sharpness": 60.0}
    assert second["Quality"]["Sharpness"] == 1.0
    assert "AgeRange" not in first


def test_index(client: Any, collection: str) -> None:
    picture = {"Bytes": photo("ann", "bob", "cat", "dan", bad=["bob"])}
    done = client.index_faces(CollectionId=collection, Image=picture, ExternalImageId="group:1", MaxFaces=2)
    ann, cat = done["FaceRecords"]
    assert ann["Face"]["ImageId"] == cat["Face"]["ImageId"]
    assert ann["Face"]["ExternalImageId"] == "group:1"
    assert ann["Face"]["BoundingBox"] == ann["FaceDetail"]["BoundingBox"]
    assert ann["Face"]["IndexFacesModelVersion"] == done["FaceModelVersion"]
    assert [one["Reasons"] for one in done["UnindexedFaces"]] == [["LOW_SHARPNESS"], ["EXCEEDS_MAX_FACES"]]
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == 2


def test_the_same_picture_is_indexed_once(client: Any, collection: str) -> None:
    assert index(client, collection, "ann") == index(client, collection, "ann")
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == 1


def test_without_a_filter_a_bad_face_is_indexed(client: Any, collection: str) -> None:
    picture = {"Bytes": photo("bob", bad=["bob"])}
    for quality, faces in (("LOW", 0), ("AUTO", 0), ("HIGH", 0), ("NONE", 1)):
        done = client.index_faces(CollectionId=collection, Image=picture, QualityFilter=quality)
        assert len(done["FaceRecords"]) == faces


def test_search_by_image_ranks_faces(server: Server, client: Any, collection: str) -> None:
    faces = [face for seed in range(3) for face in index(client, collection, "ann", seed=seed)]
    index(client, collection, "bob")
    found = client.search_faces_by_image(
        CollectionId=collection, Image={"Bytes": photo("ann", "bob", seed=9)}
    )
    assert {match["Face"]["FaceId"] for match in found["FaceMatches"]} == set(faces)
    similarities = [match["Similarity"] for match in found["FaceMatches"]]
    assert similarities == sorted(similarities, reverse=True)
    assert min(similarities) > 99
    assert found["SearchedFaceBoundingBox"]["Left"] == 0.0
    assert found["FaceMatches"][0]["Face"]["ExternalImageId"] == "x:1"
    fewer = client.search_faces_by_image(
        CollectionId=collection, Image={"Bytes": photo("ann", seed=9)}, MaxFaces=2
    )
    assert fewer["FaceMatches"] == found["FaceMatches"][:2]
    (_, event) = events(server, collection)
    assert (event.source, event.outcome, event.policy) == (
        "rekognition",
        Outcome.MATCH,
        "rekognition FaceMatchThreshold 80",
    )
    assert event.subject_id is not None


def test_a_stranger_is_not_found(server: Server, client: Any, collection: str) -> None:
    index(client, collection, "ann")
    found = client.search_faces_by_image(CollectionId=collection, Image={"Bytes": photo("eve")})
    assert found["FaceMatches"] == []
    everybody = client.search_faces_by_image(
        CollectionId=collection, Image={"Bytes": photo("eve")}, FaceMatchThreshold=0
    )
    assert len(everybody["FaceMatches"]) == 1
    assert everybody["FaceMatches"][0]["Similarity"] < 50
    assert events(server, collection)[-1].outcome is Outcome.NON_MATCH


def test_search_by_a_face_leaves_it_out(client: Any, collection: str) -> None:
    (one,) = index(client, collection, "ann")
    (two,) = index(client, collection, "ann", seed=1)
    index(client, collection, "bob")
    found = client.search_faces(CollectionId=collection, FaceId=one)
    assert [match["Face"]["FaceId"] for match in found["FaceMatches"]] == [two]
    assert found["SearchedFaceId"] == one


def test_faces_of_another_collection_are_unknown(client: Any, collection: str) -> None:
    client.create_collection(CollectionId="other-one")
    (face,) = index(client, "other-one", "ann")
    with pytest.raises(client.exceptions.InvalidParameterException):
        client.search_faces(CollectionId=collection, FaceId=face)
    deleted = client.delete_faces(CollectionId=collection, FaceIds=[face])
    assert deleted["UnsuccessfulFaceDeletions"] == [{"FaceId": face, "Reasons": ["FACE_NOT_FOUND"]}]
    client.delete_collection(CollectionId="other-one")


def test_list_faces_in_pages(client: Any, collection: str) -> None:
    faces = {face for seed in range(5) for face in index(client, collection, "ann", seed=seed)}
    pages = list(
        client.get_paginator("list_faces").paginate(CollectionId=collection, PaginationConfig={"PageSize": 2})
    )
    assert [len(page["Faces"]) for page in pages] == [2, 2, 1]
    assert {face["FaceId"] for page in pages for face in page["Faces"]} == faces
    some = sorted(faces)[:2]
    chosen = client.list_faces(CollectionId=collection, FaceIds=[*some, str(uuid.uuid4())])
    assert [face["FaceId"] for face in chosen["Faces"]] == some


def test_delete_faces(client: Any, collection: str) -> None:
    (face,) = index(client, collection, "ann")
    missing = str(uuid.uuid4())
    done = client.delete_faces(CollectionId=collection, FaceIds=[face, missing])
    assert done["DeletedFaces"] == [face]
    assert done["UnsuccessfulFaceDeletions"] == [{"FaceId": missing, "Reasons": ["FACE_NOT_FOUND"]}]
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == 0


def test_users(client: Any, collection: str) -> None:
    ann = [face for seed in range(3) for face in index(client, collection, "ann", seed=seed)]
    (bob,) = index(client, collection, "bob")
    client.create_user(CollectionId=collection, UserId="u:ann")
    assert client.list_users(CollectionId=collection)["Users"] == [
        {"UserId": "u:ann", "UserStatus": "CREATED"}
    ]
    first = client.associate_faces(CollectionId=collection, UserId="u:ann", FaceIds=ann[:1])
    assert first["AssociatedFaces"] == [{"FaceId": ann[0]}]
    missing = str(uuid.uuid4())
    second = client.associate_faces(CollectionId=collection, UserId="u:ann", FaceIds=[ann[1], bob, missing])
    assert second["AssociatedFaces"] == [{"FaceId": ann[1]}]
    unlike, unknown = second["UnsuccessfulFaceAssociations"]
    assert (unlike["FaceId"], unlike["Reasons"]) == (bob, ["LOW_MATCH_CONFIDENCE"])
    assert unlike["Confidence"] < 75
    assert unknown == {"FaceId": missing, "Reasons": ["FACE_NOT_FOUND"]}
    assert second["UserStatus"] == "ACTIVE"
    assert client.describe_collection(CollectionId=collection)["UserCount"] == 1

    client.create_user(CollectionId=collection, UserId="bob")
    stolen = client.associate_faces(CollectionId=collection, UserId="bob", FaceIds=[bob, ann[0]])
    assert stolen["UnsuccessfulFaceAssociations"] == [
        {"FaceId": ann[0], "UserId": "u:ann", "Reasons": ["ASSOCIATED_TO_A_DIFFERENT_USER"]}
    ]
    listed = client.list_faces(CollectionId=collection, UserId="u:ann")["Faces"]
    assert {face["FaceId"]: face["UserId"] for face in listed} == dict.fromkeys(ann[:2], "u:ann")
    refused = client.delete_faces(CollectionId=collection, FaceIds=[ann[0]])
    assert refused["UnsuccessfulFaceDeletions"] == [
        {"FaceId": ann[0], "UserId": "u:ann", "Reasons": ["ASSOCIATED_TO_AN_EXISTING_USER"]}
    ]

    wrong = client.disassociate_faces(CollectionId=collection, UserId="bob", FaceIds=[ann[0], ann[2]])
    assert [one["Reasons"] for one in wrong["UnsuccessfulFaceDisassociations"]] == [
        ["ASSOCIATED_TO_A_DIFFERENT_USER"],
        ["FACE_NOT_FOUND"],
    ]
    freed = client.disassociate_faces(CollectionId=collection, UserId="bob", FaceIds=[bob])
    assert (freed["DisassociatedFaces"], freed["UserStatus"]) == ([{"FaceId": bob}], "CREATED")


def test_search_users(server: Server, client: Any, collection: str) -> None:
    for name in ("ann", "bob", "cat"):
        faces = [face for seed in range(2) for face in index(client, collection, name, seed=seed)]
        client.create_user(CollectionId=collection, UserId=name)
        client.associate_faces(CollectionId=collection, UserId=name, FaceIds=faces)
    loose = [face for seed in range(5, 45) for face in index(client, collection, "ann", seed=seed)]
    image = {"Bytes": photo("ann", "bob", seed=99)}
    found = client.search_users_by_image(CollectionId=collection, Image=image, MaxUsers=1)
    (match,) = found["UserMatches"]
    assert match["User"] == {"UserId": "ann", "UserStatus": "ACTIVE"}
    assert match["Similarity"] > 99
    assert found["SearchedFace"]["FaceDetail"]["BoundingBox"]["Left"] == 0.0
    assert [one["Reasons"] for one in found["UnsearchedFaces"]] == [["FACE_NOT_LARGEST"]]
    by_face = client.search_users(CollectionId=collection, FaceId=loose[0])
    assert [one["User"]["UserId"] for one in by_face["UserMatches"]] == ["ann"]
    assert by_face["SearchedFace"] == {"FaceId": loose[0]}
    by_user = client.search_users(CollectionId=collection, UserId="bob", UserMatchThreshold=0)
    assert {one["User"]["UserId"] for one in by_user["UserMatches"]} == {"ann", "cat"}
    assert by_user["SearchedUser"] == {"UserId": "bob"}
    faces_too = client.search_faces_by_image(CollectionId=collection, Image=image, MaxFaces=4096)
    assert len(faces_too["FaceMatches"]) == 42
    assert sum("UserId" in one["Face"] for one in faces_too["FaceMatches"]) == 2


def test_deleting_a_user_leaves_its_faces(client: Any, collection: str) -> None:
    faces = index(client, collection, "ann")
    client.create_user(CollectionId=collection, UserId="ann")
    client.associate_faces(CollectionId=collection, UserId="ann", FaceIds=faces)
    client.delete_user(CollectionId=collection, UserId="ann")
    assert client.list_users(CollectionId=collection)["Users"] == []
    (left,) = client.list_faces(CollectionId=collection)["Faces"]
    assert left["FaceId"] == faces[0]
    assert "UserId" not in left
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.delete_user(CollectionId=collection, UserId="ann")
    assert client.delete_faces(CollectionId=collection, FaceIds=faces)["DeletedFaces"] == faces


def test_users_of_two_collections_have_nothing_to_do_with_each_other(client: Any, collection: str) -> None:
    client.create_collection(CollectionId="second")
    for name in (collection, "second"):
        client.create_user(CollectionId=name, UserId="same")
        faces = index(client, name, f"{name[:4]}!")
        client.associate_faces(CollectionId=name, UserId="same", FaceIds=faces)
    client.delete_user(CollectionId=collection, UserId="same")
    assert len(client.list_faces(CollectionId="second", UserId="same")["Faces"]) == 1
    client.delete_collection(CollectionId="second")


def test_list_users_in_pages(client: Any, collection: str) -> None:
    names = [f"user-{number}" for number in range(5)]
    for name in names:
        client.create_user(CollectionId=collection, UserId=name)
    pages = client.get_paginator("list_users").paginate(
        CollectionId=collection, PaginationConfig={"PageSize": 2}
    )
    assert [one["UserId"] for page in pages for one in page["Users"]] == names


def test_a_user_has_a_hundred_faces_at_most(client: Any, collection: str) -> None:
    people = ["ann"] * 100
    faces = index(client, collection, *people) + index(client, collection, "ann", seed=1)
    client.create_user(CollectionId=collection, UserId="ann")
    client.associate_faces(CollectionId=collection, UserId="ann", FaceIds=faces[:100])
    with pytest.raises(client.exceptions.ServiceQuotaExceededException):
        client.associate_faces(CollectionId=collection, UserId="ann", FaceIds=faces[100:])
    client.delete_user(CollectionId=collection, UserId="ann")
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == 101


def test_compare(server: Server, client: Any) -> None:
    found = client.compare_faces(
        SourceImage={"Bytes": photo("ann", "bob")},
        TargetImage={"Bytes": photo("bob", "ann", "cat", seed=3)},
        SimilarityThreshold=90,
    )
    (match,) = found["FaceMatches"]
    assert match["Similarity"] > 99
    assert match["Face"]["BoundingBox"]["Left"] == 0.2
    assert len(found["UnmatchedFaces"]) == 2
    assert found["SourceImageFace"]["Confidence"] == 99.9
    assert len(match["Face"]["Landmarks"]) == 5

    async def audited() -> list[Any]:
        async with server.installation.store.transaction(DEFAULT_TENANT) as work:
            return [one.record async for batch in work.audit.everything() for one in batch]

    records = [one for one in server.run(audited()) if one.action is Action.DECISION_VERIFIED]
    assert [one.details["outcome"] for one in records[-3:]].count("match") == 1
    assert records[-1].actor.kind == "key"


def test_subjects_enrolled_by_other_means_are_users(server: Server, client: Any, collection: str) -> None:
    async def enrol() -> None:
        from visavis.domain.access import local_principal

        platform = server.installation.platform(local_principal("test"))
        work = await platform.opened(collection)
        await work.enrol(work.gallery, "Zoë Müller", [("a", photo("zoe"))])
        await work.enrol(work.gallery, "yan", [("a", photo("yan"))])

    server.run(enrol())
    users = [one["UserId"] for one in client.list_users(CollectionId=collection)["Users"]]
    zoe = next(one for one in users if one.startswith("subject:"))
    assert "yan" in users
    found = client.search_faces_by_image(CollectionId=collection, Image={"Bytes": photo("zoe", seed=4)})
    assert [one["Face"]["UserId"] for one in found["FaceMatches"]] == [zoe]
    assert len(client.list_faces(CollectionId=collection, UserId=zoe)["Faces"]) == 1
    with pytest.raises(client.exceptions.ConflictException):
        client.create_user(CollectionId=collection, UserId="yan")


def test_where_consent_is_required_faces_of_nobody_are_refused(
    server: Server, client: Any, collection: str
) -> None:
    async def require() -> None:
        from visavis.domain.access import local_principal

        platform = server.installation.platform(local_principal("test"))
        await platform.galleries.set_policy(collection, Policy(consent="door"))

    server.run(require())
    with pytest.raises(client.exceptions.AccessDeniedException, match="consent"):
        index(client, collection, "ann")
