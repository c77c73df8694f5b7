"""Parameters that many routes share."""

from typing import Annotated

from fastapi import Path

from visavis.wire.v1.values import Name

GalleryName = Annotated[Name, Path(description="Name of the gallery.", examples=["staff"])]
