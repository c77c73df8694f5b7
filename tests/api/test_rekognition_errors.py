"""What AWS clients get when something is wrong: the exceptions they catch, in all places they look."""

import http.client
import json
import uuid
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.rekognition.photos import PhotoInference, photo
from tests.rekognition.server import Server, serving
from visavis.domain.access import Permission
from visavis.domain.account import Rate

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(lambda pack: PhotoInference(pack.embedder.model)) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: Server) -> Any:
    return server.client()


@pytest.fixture
def collection(client: Any) -> str:
    name = f"c-{uuid.uuid4()}"
    client.create_collection(CollectionId=name)
    return name


def code(caught: pytest.ExceptionInfo[ClientError]) -> str:
    return str(caught.value.response["Error"]["Code"])


def post(
    server: Server, target: str, body: bytes, *, key: tuple[str, str] | None = None, path: str = "/"
) -> Any:
    """A signed request without boto3's own checks: (status, headers, body)."""
    access_key, secret = key or server.key()
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
    request = AWSRequest("POST", server.url + path, headers=headers, data=body)
    SigV4Auth(Credentials(access_key, secret), "rekognition", "us-east-1").add_auth(request)
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)
    connection.request("POST", path, body, dict(request.headers.items()))
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, json.loads(content)


def test_a_wrong_secret(server: Server) -> None:
    access_key, _ = server.key()
    with pytest.raises(ClientError) as caught:
        server.client((access_key, "wrong")).list_collections()
    assert code(caught) == "InvalidSignatureException"


def test_an_unknown_key(server: Server) -> None:
    with pytest.raises(ClientError) as caught:
        server.client(("AKIAUNKNOWN", "secret")).list_collections()
    assert code(caught) == "UnrecognizedClientException"


def test_no_signature(server: Server) -> None:
    unsigned = boto3.client(
        "rekognition",
        endpoint_url=server.url,
        region_name="x",
        config=Config(signature_version=__import__("botocore").UNSIGNED),
    )
    with pytest.raises(ClientError) as caught:
        unsigned.list_collections()
    assert code(caught) == "MissingAuthenticationTokenException"


def test_an_error_stands_in_all_three_places_and_names_the_request(server: Server) -> None:
    status, headers, body = post(
        server, "RekognitionService.DescribeCollection", b'{"CollectionId": "nowhere"}'
    )
    assert status == 400
    assert headers["content-type"] == "application/x-amz-json-1.1"
    assert headers["x-amzn-errortype"] == body["__type"] == body["Code"] == "ResourceNotFoundException"
    assert headers["x-amzn-requestid"] == body["Logref"]
    assert body["Message"] == "The collection id: nowhere does not exist"


def test_an_answer_names_the_request(server: Server, client: Any) -> None:
    metadata = client.list_collections()["ResponseMetadata"]
    assert metadata["HTTPHeaders"]["content-type"] == "application/x-amz-json-1.1"
    uuid.UUID(metadata["RequestId"])


@pytest.mark.parametrize("path", ["", "/", "/rekognition", "/rekognition/"])
def test_the_endpoint_may_have_a_path(server: Server, path: str) -> None:
    assert "CollectionIds" in server.client(path=path).list_collections()


@pytest.mark.parametrize(
    "target", ["RekognitionService.DetectLabels", "DynamoDB_20120810.GetItem", "DetectFaces", ""]
)
def test_unknown_operations(server: Server, target: str) -> None:
    status, _, body = post(server, target, b"{}")
    assert (status, body["__type"]) == (400, "UnknownOperationException")


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json(server: Server, body: bytes) -> None:
    _, _, answer = post(server, "RekognitionService.ListCollections", body)
    assert answer["__type"] == "SerializationException"


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "{}",
        '{"CollectionId": 5}',
        '{"CollectionId": "a/b"}',
        '{"CollectionId": "a\\n"}',
        '{"CollectionId": "%s"}' % ("a" * 256),
    ],
)
def test_parameters_out_of_bounds(server: Server, body: str) -> None:
    _, _, answer = post(server, "RekognitionService.DescribeCollection", body.encode())
    assert answer["__type"] == "InvalidParameterException"
    assert answer["Message"].startswith("Request has invalid parameters")


def test_an_existing_collection(client: Any, collection: str) -> None:
    with pytest.raises(
        client.exceptions.ResourceAlreadyExistsException, match=f"id: {collection} already exists"
    ):
        client.create_collection(CollectionId=collection)


def test_an_unknown_collection(client: Any) -> None:
    missing, image = client.exceptions.ResourceNotFoundException, {"Bytes": photo("ann")}
    with pytest.raises(missing, match="The collection id: nowhere does not exist"):
        client.search_faces_by_image(CollectionId="nowhere", Image=image)
    with pytest.raises(missing):
        client.index_faces(CollectionId="nowhere", Image=image)
    with pytest.raises(missing):
        client.delete_collection(CollectionId="nowhere")


def test_no_face(client: Any, collection: str) -> None:
    image = {"Bytes": photo()}
    invalid = client.exceptions.InvalidParameterException
    with pytest.raises(invalid, match=r"There are no faces in the image\. Should be at least 1\."):
        client.search_faces_by_image(CollectionId=collection, Image=image)
    with pytest.raises(invalid):
        client.compare_faces(SourceImage=image, TargetImage={"Bytes": photo("ann")})
    with pytest.raises(invalid):
        client.compare_faces(SourceImage={"Bytes": photo("ann")}, TargetImage=image)
    assert client.detect_faces(Image=image)["FaceDetails"] == []
    assert client.index_faces(CollectionId=collection, Image=image)["FaceRecords"] == []
    found = client.search_users_by_image(CollectionId=collection, Image=image)
    assert found["UserMatches"] == []
    assert "SearchedFace" not in found


def test_images_that_cannot_be_used(client: Any) -> None:
    large = photo("ann") + bytes(5 * 2**20)
    with pytest.raises(client.exceptions.ImageTooLargeException, match="Image size is too large"):
        client.detect_faces(Image={"Bytes": large})
    with pytest.raises(
        client.exceptions.InvalidImageFormatException, match="Request has invalid image format"
    ):
        client.detect_faces(Image={"Bytes": b"GIF89a, not an image"})
    with pytest.raises(client.exceptions.InvalidS3ObjectException):
        client.detect_faces(Image={"S3Object": {"Bucket": "bucket", "Name": "face.jpg"}})
    with pytest.raises(client.exceptions.InvalidParameterException):
        client.detect_faces(Image={})


def test_base64_that_is_none(server: Server) -> None:
    _, _, body = post(server, "RekognitionService.DetectFaces", b'{"Image": {"Bytes": "***"}}')
    assert body["__type"] == "SerializationException"


def test_permissions_and_limits_to_galleries(server: Server, client: Any, collection: str) -> None:
    reader = server.client(server.key(frozenset({Permission.GALLERIES_READ})))
    with pytest.raises(reader.exceptions.AccessDeniedException, match="identify"):
        reader.search_faces_by_image(CollectionId=collection, Image={"Bytes": photo("ann")})
    limited = server.client(server.key(galleries=frozenset({collection})))
    assert limited.list_collections()["CollectionIds"] == [collection]
    for name in ("other", "nowhere"):
        with pytest.raises(limited.exceptions.AccessDeniedException):
            limited.describe_collection(CollectionId=name)
    with pytest.raises(limited.exceptions.AccessDeniedException):
        limited.create_collection(CollectionId="other")


def test_too_many_requests(server: Server) -> None:
    busy = server.client(server.key(rate=Rate(per_minute=1, burst=2)))
    busy.list_collections()
    busy.list_collections()
    with pytest.raises(busy.exceptions.ProvisionedThroughputExceededException):
        busy.list_collections()


def test_pagination_tokens_are_of_one_listing(client: Any, collection: str) -> None:
    client.create_user(CollectionId=collection, UserId="one")
    client.create_user(CollectionId=collection, UserId="two")
    token = client.list_users(CollectionId=collection, MaxResults=1)["NextToken"]
    for wrong in ("nonsense", "", token[:-4], token):
        with pytest.raises(client.exceptions.InvalidPaginationTokenException):
            client.list_collections(NextToken=wrong)
    with pytest.raises(client.exceptions.InvalidPaginationTokenException):
        client.list_faces(CollectionId=collection, NextToken=token)


def test_the_same_request_token(client: Any, collection: str) -> None:
    same = {"CollectionId": collection, "ClientRequestToken": "token-1"}
    client.create_user(UserId="ann", **same)
    client.create_user(UserId="ann", **same)
    with pytest.raises(client.exceptions.IdempotentParameterMismatchException):
        client.create_user(UserId="bob", **same)
    with pytest.raises(client.exceptions.ConflictException):
        client.create_user(CollectionId=collection, UserId="ann")


def test_a_request_that_failed_may_be_repeated(client: Any, collection: str) -> None:
    same = {"CollectionId": collection, "UserId": "late", "ClientRequestToken": "token-2"}
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.delete_user(**same)
    client.create_user(CollectionId=collection, UserId="late")
    client.delete_user(**same)


def test_unknown_faces_and_users(client: Any, collection: str) -> None:
    nobody = str(uuid.uuid4())
    with pytest.raises(client.exceptions.InvalidParameterException, match="faceId was not found"):
        client.search_faces(CollectionId=collection, FaceId=nobody)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.search_users(CollectionId=collection, UserId="nobody")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.associate_faces(CollectionId=collection, UserId="nobody", FaceIds=[nobody])
    with pytest.raises(client.exceptions.InvalidParameterException):
        client.search_users(CollectionId=collection)


def test_what_is_not_there(client: Any, collection: str) -> None:
    arn = client.describe_collection(CollectionId=collection)["CollectionARN"]
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == {}
    with pytest.raises(client.exceptions.InvalidParameterException, match="no tags"):
        client.tag_resource(ResourceArn=arn, Tags={"a": "b"})
    with pytest.raises(client.exceptions.AccessDeniedException):
        client.create_face_liveness_session()
    with pytest.raises(client.exceptions.SessionNotFoundException):
        client.get_face_liveness_session_results(SessionId=str(uuid.uuid4()))
