"""Requests and responses about collections and their tags."""

from typing import Annotated

from pydantic import Field

from visavis.wire.rekognition.types import CollectionId, PageSize, PageToken, Part

TagKey = Annotated[str, Field(min_length=1, max_length=128)]
TagValue = Annotated[str, Field(max_length=256)]
Tags = Annotated[dict[TagKey, TagValue], Field(max_length=200)]
ResourceArn = Annotated[str, Field(min_length=20, max_length=2048)]


class CreateCollectionRequest(Part):
    collection_id: CollectionId
    tags: Tags | None = None


class CreateCollectionResponse(Part):
    status_code: int = 200
    collection_arn: str
    face_model_version: str


class DeleteCollectionRequest(Part):
    collection_id: CollectionId


class DeleteCollectionResponse(Part):
    status_code: int = 200


class ListCollectionsRequest(Part):
    next_token: PageToken | None = None
    max_results: PageSize | None = None


class ListCollectionsResponse(Part):
    collection_ids: tuple[str, ...]
    face_model_versions: tuple[str, ...]
    next_token: str | None = None


class DescribeCollectionRequest(Part):
    collection_id: CollectionId


class DescribeCollectionResponse(Part):
    face_count: int
    face_model_version: str
    collection_arn: str = Field(serialization_alias="CollectionARN")
    creation_timestamp: float = Field(description="Seconds since 1970, UTC.")
    user_count: int


class TagResourceRequest(Part):
    resource_arn: ResourceArn
    tags: Tags


class UntagResourceRequest(Part):
    resource_arn: ResourceArn
    tag_keys: Annotated[tuple[TagKey, ...], Field(max_length=200)]


class ListTagsForResourceRequest(Part):
    resource_arn: ResourceArn


class ListTagsForResourceResponse(Part):
    tags: dict[str, str]
