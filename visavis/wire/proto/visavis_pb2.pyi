import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_UNSPECIFIED: _ClassVar[Outcome]
    OUTCOME_MATCH: _ClassVar[Outcome]
    OUTCOME_NON_MATCH: _ClassVar[Outcome]
    OUTCOME_INCONCLUSIVE: _ClassVar[Outcome]
OUTCOME_UNSPECIFIED: Outcome
OUTCOME_MATCH: Outcome
OUTCOME_NON_MATCH: Outcome
OUTCOME_INCONCLUSIVE: Outcome

class Picture(_message.Message):
    __slots__ = ("image", "crop", "template")
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    CROP_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    image: bytes
    crop: bytes
    template: str
    def __init__(self, image: _Optional[bytes] = ..., crop: _Optional[bytes] = ..., template: _Optional[str] = ...) -> None: ...

class Origin(_message.Message):
    __slots__ = ("source", "reference", "captured_at")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    CAPTURED_AT_FIELD_NUMBER: _ClassVar[int]
    source: str
    reference: str
    captured_at: _timestamp_pb2.Timestamp
    def __init__(self, source: _Optional[str] = ..., reference: _Optional[str] = ..., captured_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Box(_message.Message):
    __slots__ = ("left", "top", "right", "bottom")
    LEFT_FIELD_NUMBER: _ClassVar[int]
    TOP_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    BOTTOM_FIELD_NUMBER: _ClassVar[int]
    left: float
    top: float
    right: float
    bottom: float
    def __init__(self, left: _Optional[float] = ..., top: _Optional[float] = ..., right: _Optional[float] = ..., bottom: _Optional[float] = ...) -> None: ...

class Landmark(_message.Message):
    __slots__ = ("name", "x", "y")
    NAME_FIELD_NUMBER: _ClassVar[int]
    X_FIELD_NUMBER: _ClassVar[int]
    Y_FIELD_NUMBER: _ClassVar[int]
    name: str
    x: float
    y: float
    def __init__(self, name: _Optional[str] = ..., x: _Optional[float] = ..., y: _Optional[float] = ...) -> None: ...

class Pose(_message.Message):
    __slots__ = ("yaw_deg", "pitch_deg", "roll_deg")
    YAW_DEG_FIELD_NUMBER: _ClassVar[int]
    PITCH_DEG_FIELD_NUMBER: _ClassVar[int]
    ROLL_DEG_FIELD_NUMBER: _ClassVar[int]
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    def __init__(self, yaw_deg: _Optional[float] = ..., pitch_deg: _Optional[float] = ..., roll_deg: _Optional[float] = ...) -> None: ...

class Reason(_message.Message):
    __slots__ = ("code", "advice")
    CODE_FIELD_NUMBER: _ClassVar[int]
    ADVICE_FIELD_NUMBER: _ClassVar[int]
    code: str
    advice: str
    def __init__(self, code: _Optional[str] = ..., advice: _Optional[str] = ...) -> None: ...

class Face(_message.Message):
    __slots__ = ("box", "landmarks", "score", "quality", "components", "pose", "accepted", "reasons")
    class ComponentsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    BOX_FIELD_NUMBER: _ClassVar[int]
    LANDMARKS_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    COMPONENTS_FIELD_NUMBER: _ClassVar[int]
    POSE_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    box: Box
    landmarks: _containers.RepeatedCompositeFieldContainer[Landmark]
    score: float
    quality: float
    components: _containers.ScalarMap[str, float]
    pose: Pose
    accepted: bool
    reasons: _containers.RepeatedCompositeFieldContainer[Reason]
    def __init__(self, box: _Optional[_Union[Box, _Mapping]] = ..., landmarks: _Optional[_Iterable[_Union[Landmark, _Mapping]]] = ..., score: _Optional[float] = ..., quality: _Optional[float] = ..., components: _Optional[_Mapping[str, float]] = ..., pose: _Optional[_Union[Pose, _Mapping]] = ..., accepted: _Optional[bool] = ..., reasons: _Optional[_Iterable[_Union[Reason, _Mapping]]] = ...) -> None: ...

class Decision(_message.Message):
    __slots__ = ("outcome", "score", "measure", "fmr", "fmr_extrapolated", "fpir", "threshold", "threshold_fmr", "model", "calibration", "policy", "reasons")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    MEASURE_FIELD_NUMBER: _ClassVar[int]
    FMR_FIELD_NUMBER: _ClassVar[int]
    FMR_EXTRAPOLATED_FIELD_NUMBER: _ClassVar[int]
    FPIR_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FMR_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    CALIBRATION_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    outcome: Outcome
    score: float
    measure: str
    fmr: float
    fmr_extrapolated: bool
    fpir: float
    threshold: float
    threshold_fmr: float
    model: str
    calibration: str
    policy: str
    reasons: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, outcome: _Optional[_Union[Outcome, str]] = ..., score: _Optional[float] = ..., measure: _Optional[str] = ..., fmr: _Optional[float] = ..., fmr_extrapolated: _Optional[bool] = ..., fpir: _Optional[float] = ..., threshold: _Optional[float] = ..., threshold_fmr: _Optional[float] = ..., model: _Optional[str] = ..., calibration: _Optional[str] = ..., policy: _Optional[str] = ..., reasons: _Optional[_Iterable[str]] = ...) -> None: ...

class Candidate(_message.Message):
    __slots__ = ("rank", "subject", "subject_id", "score", "fmr", "reference_id")
    RANK_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_ID_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    FMR_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_ID_FIELD_NUMBER: _ClassVar[int]
    rank: int
    subject: str
    subject_id: str
    score: float
    fmr: float
    reference_id: str
    def __init__(self, rank: _Optional[int] = ..., subject: _Optional[str] = ..., subject_id: _Optional[str] = ..., score: _Optional[float] = ..., fmr: _Optional[float] = ..., reference_id: _Optional[str] = ...) -> None: ...

class IdentifiedFace(_message.Message):
    __slots__ = ("subject", "face", "decision", "candidates", "searched", "event_id", "picture")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    FACE_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    SEARCHED_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    subject: str
    face: Face
    decision: Decision
    candidates: _containers.RepeatedCompositeFieldContainer[Candidate]
    searched: int
    event_id: str
    picture: int
    def __init__(self, subject: _Optional[str] = ..., face: _Optional[_Union[Face, _Mapping]] = ..., decision: _Optional[_Union[Decision, _Mapping]] = ..., candidates: _Optional[_Iterable[_Union[Candidate, _Mapping]]] = ..., searched: _Optional[int] = ..., event_id: _Optional[str] = ..., picture: _Optional[int] = ...) -> None: ...

class DetectRequest(_message.Message):
    __slots__ = ("image", "pack")
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    PACK_FIELD_NUMBER: _ClassVar[int]
    image: bytes
    pack: str
    def __init__(self, image: _Optional[bytes] = ..., pack: _Optional[str] = ...) -> None: ...

class DetectResponse(_message.Message):
    __slots__ = ("pack", "faces")
    PACK_FIELD_NUMBER: _ClassVar[int]
    FACES_FIELD_NUMBER: _ClassVar[int]
    pack: str
    faces: _containers.RepeatedCompositeFieldContainer[Face]
    def __init__(self, pack: _Optional[str] = ..., faces: _Optional[_Iterable[_Union[Face, _Mapping]]] = ...) -> None: ...

class ExtractRequest(_message.Message):
    __slots__ = ("image", "pack", "mirror")
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    PACK_FIELD_NUMBER: _ClassVar[int]
    MIRROR_FIELD_NUMBER: _ClassVar[int]
    image: bytes
    pack: str
    mirror: bool
    def __init__(self, image: _Optional[bytes] = ..., pack: _Optional[str] = ..., mirror: _Optional[bool] = ...) -> None: ...

class ExtractedFace(_message.Message):
    __slots__ = ("face", "template")
    FACE_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    face: Face
    template: str
    def __init__(self, face: _Optional[_Union[Face, _Mapping]] = ..., template: _Optional[str] = ...) -> None: ...

class ExtractResponse(_message.Message):
    __slots__ = ("pack", "model", "faces")
    PACK_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    FACES_FIELD_NUMBER: _ClassVar[int]
    pack: str
    model: str
    faces: _containers.RepeatedCompositeFieldContainer[ExtractedFace]
    def __init__(self, pack: _Optional[str] = ..., model: _Optional[str] = ..., faces: _Optional[_Iterable[_Union[ExtractedFace, _Mapping]]] = ...) -> None: ...

class VerifyRequest(_message.Message):
    __slots__ = ("reference", "probe", "pack", "fmr", "largest", "origin")
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    PROBE_FIELD_NUMBER: _ClassVar[int]
    PACK_FIELD_NUMBER: _ClassVar[int]
    FMR_FIELD_NUMBER: _ClassVar[int]
    LARGEST_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    reference: _containers.RepeatedCompositeFieldContainer[Picture]
    probe: _containers.RepeatedCompositeFieldContainer[Picture]
    pack: str
    fmr: float
    largest: bool
    origin: Origin
    def __init__(self, reference: _Optional[_Iterable[_Union[Picture, _Mapping]]] = ..., probe: _Optional[_Iterable[_Union[Picture, _Mapping]]] = ..., pack: _Optional[str] = ..., fmr: _Optional[float] = ..., largest: _Optional[bool] = ..., origin: _Optional[_Union[Origin, _Mapping]] = ...) -> None: ...

class VerifySubjectRequest(_message.Message):
    __slots__ = ("gallery", "subject", "probe", "largest", "origin")
    GALLERY_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    PROBE_FIELD_NUMBER: _ClassVar[int]
    LARGEST_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    gallery: str
    subject: str
    probe: _containers.RepeatedCompositeFieldContainer[Picture]
    largest: bool
    origin: Origin
    def __init__(self, gallery: _Optional[str] = ..., subject: _Optional[str] = ..., probe: _Optional[_Iterable[_Union[Picture, _Mapping]]] = ..., largest: _Optional[bool] = ..., origin: _Optional[_Union[Origin, _Mapping]] = ...) -> None: ...

class VerifyResponse(_message.Message):
    __slots__ = ("decision", "reference", "probe", "reference_id", "event_id")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    PROBE_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    decision: Decision
    reference: Face
    probe: Face
    reference_id: str
    event_id: str
    def __init__(self, decision: _Optional[_Union[Decision, _Mapping]] = ..., reference: _Optional[_Union[Face, _Mapping]] = ..., probe: _Optional[_Union[Face, _Mapping]] = ..., reference_id: _Optional[str] = ..., event_id: _Optional[str] = ...) -> None: ...

class IdentifyRequest(_message.Message):
    __slots__ = ("gallery", "pictures", "together", "largest", "limit", "origin")
    GALLERY_FIELD_NUMBER: _ClassVar[int]
    PICTURES_FIELD_NUMBER: _ClassVar[int]
    TOGETHER_FIELD_NUMBER: _ClassVar[int]
    LARGEST_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    gallery: str
    pictures: _containers.RepeatedCompositeFieldContainer[Picture]
    together: bool
    largest: bool
    limit: int
    origin: Origin
    def __init__(self, gallery: _Optional[str] = ..., pictures: _Optional[_Iterable[_Union[Picture, _Mapping]]] = ..., together: _Optional[bool] = ..., largest: _Optional[bool] = ..., limit: _Optional[int] = ..., origin: _Optional[_Union[Origin, _Mapping]] = ...) -> None: ...

class IdentifyResponse(_message.Message):
    __slots__ = ("gallery", "pack", "faces")
    GALLERY_FIELD_NUMBER: _ClassVar[int]
    PACK_FIELD_NUMBER: _ClassVar[int]
    FACES_FIELD_NUMBER: _ClassVar[int]
    gallery: str
    pack: str
    faces: _containers.RepeatedCompositeFieldContainer[IdentifiedFace]
    def __init__(self, gallery: _Optional[str] = ..., pack: _Optional[str] = ..., faces: _Optional[_Iterable[_Union[IdentifiedFace, _Mapping]]] = ...) -> None: ...

class EnrolRequest(_message.Message):
    __slots__ = ("gallery", "subject", "images", "force", "largest", "external_id")
    GALLERY_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    FORCE_FIELD_NUMBER: _ClassVar[int]
    LARGEST_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_ID_FIELD_NUMBER: _ClassVar[int]
    gallery: str
    subject: str
    images: _containers.RepeatedScalarFieldContainer[bytes]
    force: bool
    largest: bool
    external_id: str
    def __init__(self, gallery: _Optional[str] = ..., subject: _Optional[str] = ..., images: _Optional[_Iterable[bytes]] = ..., force: _Optional[bool] = ..., largest: _Optional[bool] = ..., external_id: _Optional[str] = ...) -> None: ...

class Problem(_message.Message):
    __slots__ = ("code", "message", "hint", "retryable", "reasons", "retry_after_ms")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    HINT_FIELD_NUMBER: _ClassVar[int]
    RETRYABLE_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    hint: str
    retryable: bool
    reasons: _containers.RepeatedScalarFieldContainer[str]
    retry_after_ms: int
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ..., hint: _Optional[str] = ..., retryable: _Optional[bool] = ..., reasons: _Optional[_Iterable[str]] = ..., retry_after_ms: _Optional[int] = ...) -> None: ...

class EnrolledPhoto(_message.Message):
    __slots__ = ("reference_id", "quality", "error")
    REFERENCE_ID_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    reference_id: str
    quality: float
    error: Problem
    def __init__(self, reference_id: _Optional[str] = ..., quality: _Optional[float] = ..., error: _Optional[_Union[Problem, _Mapping]] = ...) -> None: ...

class EnrolResponse(_message.Message):
    __slots__ = ("subject", "subject_id", "enrolled", "photos", "resembles")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_ID_FIELD_NUMBER: _ClassVar[int]
    ENROLLED_FIELD_NUMBER: _ClassVar[int]
    PHOTOS_FIELD_NUMBER: _ClassVar[int]
    RESEMBLES_FIELD_NUMBER: _ClassVar[int]
    subject: str
    subject_id: str
    enrolled: int
    photos: _containers.RepeatedCompositeFieldContainer[EnrolledPhoto]
    resembles: _containers.RepeatedCompositeFieldContainer[Candidate]
    def __init__(self, subject: _Optional[str] = ..., subject_id: _Optional[str] = ..., enrolled: _Optional[int] = ..., photos: _Optional[_Iterable[_Union[EnrolledPhoto, _Mapping]]] = ..., resembles: _Optional[_Iterable[_Union[Candidate, _Mapping]]] = ...) -> None: ...

class Capture(_message.Message):
    __slots__ = ("gallery", "picture", "origin", "limit")
    GALLERY_FIELD_NUMBER: _ClassVar[int]
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    gallery: str
    picture: Picture
    origin: Origin
    limit: int
    def __init__(self, gallery: _Optional[str] = ..., picture: _Optional[_Union[Picture, _Mapping]] = ..., origin: _Optional[_Union[Origin, _Mapping]] = ..., limit: _Optional[int] = ...) -> None: ...

class Recognised(_message.Message):
    __slots__ = ("reference", "faces", "error")
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    FACES_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    reference: str
    faces: _containers.RepeatedCompositeFieldContainer[IdentifiedFace]
    error: Problem
    def __init__(self, reference: _Optional[str] = ..., faces: _Optional[_Iterable[_Union[IdentifiedFace, _Mapping]]] = ..., error: _Optional[_Union[Problem, _Mapping]] = ...) -> None: ...

class ListGalleriesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListGalleriesResponse(_message.Message):
    __slots__ = ("galleries",)
    GALLERIES_FIELD_NUMBER: _ClassVar[int]
    galleries: _containers.RepeatedCompositeFieldContainer[Gallery]
    def __init__(self, galleries: _Optional[_Iterable[_Union[Gallery, _Mapping]]] = ...) -> None: ...

class GetGalleryRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class Gallery(_message.Message):
    __slots__ = ("id", "name", "purpose", "pack", "model", "subjects", "references", "fmr", "fpir", "created_at")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    PACK_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    SUBJECTS_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    FMR_FIELD_NUMBER: _ClassVar[int]
    FPIR_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    purpose: str
    pack: str
    model: str
    subjects: int
    references: int
    fmr: float
    fpir: float
    created_at: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., purpose: _Optional[str] = ..., pack: _Optional[str] = ..., model: _Optional[str] = ..., subjects: _Optional[int] = ..., references: _Optional[int] = ..., fmr: _Optional[float] = ..., fpir: _Optional[float] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListSubjectsRequest(_message.Message):
    __slots__ = ("gallery", "after", "limit")
    GALLERY_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    gallery: str
    after: str
    limit: int
    def __init__(self, gallery: _Optional[str] = ..., after: _Optional[str] = ..., limit: _Optional[int] = ...) -> None: ...

class Subject(_message.Message):
    __slots__ = ("id", "name", "kind", "references")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    kind: str
    references: int
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., kind: _Optional[str] = ..., references: _Optional[int] = ...) -> None: ...

class ListSubjectsResponse(_message.Message):
    __slots__ = ("subjects", "next_after")
    SUBJECTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_AFTER_FIELD_NUMBER: _ClassVar[int]
    subjects: _containers.RepeatedCompositeFieldContainer[Subject]
    next_after: str
    def __init__(self, subjects: _Optional[_Iterable[_Union[Subject, _Mapping]]] = ..., next_after: _Optional[str] = ...) -> None: ...

class EraseSubjectRequest(_message.Message):
    __slots__ = ("subject_id", "reason")
    SUBJECT_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    subject_id: str
    reason: str
    def __init__(self, subject_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class EraseSubjectResponse(_message.Message):
    __slots__ = ("references", "galleries", "receipt", "signature", "public_key")
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    GALLERIES_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    references: int
    galleries: int
    receipt: str
    signature: str
    public_key: str
    def __init__(self, references: _Optional[int] = ..., galleries: _Optional[int] = ..., receipt: _Optional[str] = ..., signature: _Optional[str] = ..., public_key: _Optional[str] = ...) -> None: ...

class FollowRequest(_message.Message):
    __slots__ = ("after", "gallery", "source", "site", "zone")
    AFTER_FIELD_NUMBER: _ClassVar[int]
    GALLERY_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    ZONE_FIELD_NUMBER: _ClassVar[int]
    after: int
    gallery: str
    source: str
    site: str
    zone: str
    def __init__(self, after: _Optional[int] = ..., gallery: _Optional[str] = ..., source: _Optional[str] = ..., site: _Optional[str] = ..., zone: _Optional[str] = ...) -> None: ...

class Event(_message.Message):
    __slots__ = ("id", "sequence", "kind", "captured_at", "gallery", "source", "reference", "position", "outcome", "subject_id", "subject", "score", "fmr", "fpir", "model", "policy", "quality", "reasons", "recorded_at", "job_id", "site", "zone", "direction", "track", "seen_until", "frames", "revision")
    ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    CAPTURED_AT_FIELD_NUMBER: _ClassVar[int]
    GALLERY_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_ID_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    FMR_FIELD_NUMBER: _ClassVar[int]
    FPIR_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    RECORDED_AT_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    ZONE_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    TRACK_FIELD_NUMBER: _ClassVar[int]
    SEEN_UNTIL_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    id: str
    sequence: int
    kind: str
    captured_at: _timestamp_pb2.Timestamp
    gallery: str
    source: str
    reference: str
    position: int
    outcome: Outcome
    subject_id: str
    subject: str
    score: float
    fmr: float
    fpir: float
    model: str
    policy: str
    quality: float
    reasons: _containers.RepeatedScalarFieldContainer[str]
    recorded_at: _timestamp_pb2.Timestamp
    job_id: str
    site: str
    zone: str
    direction: str
    track: str
    seen_until: _timestamp_pb2.Timestamp
    frames: int
    revision: int
    def __init__(self, id: _Optional[str] = ..., sequence: _Optional[int] = ..., kind: _Optional[str] = ..., captured_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., gallery: _Optional[str] = ..., source: _Optional[str] = ..., reference: _Optional[str] = ..., position: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., subject_id: _Optional[str] = ..., subject: _Optional[str] = ..., score: _Optional[float] = ..., fmr: _Optional[float] = ..., fpir: _Optional[float] = ..., model: _Optional[str] = ..., policy: _Optional[str] = ..., quality: _Optional[float] = ..., reasons: _Optional[_Iterable[str]] = ..., recorded_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., job_id: _Optional[str] = ..., site: _Optional[str] = ..., zone: _Optional[str] = ..., direction: _Optional[str] = ..., track: _Optional[str] = ..., seen_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., frames: _Optional[int] = ..., revision: _Optional[int] = ...) -> None: ...

class Shot(_message.Message):
    __slots__ = ("at", "crop", "template")
    AT_FIELD_NUMBER: _ClassVar[int]
    CROP_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    at: _timestamp_pb2.Timestamp
    crop: bytes
    template: str
    def __init__(self, at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., crop: _Optional[bytes] = ..., template: _Optional[str] = ...) -> None: ...

class DeviceDecision(_message.Message):
    __slots__ = ("outcome", "subject_id", "score", "fmr", "fpir", "threshold", "searched")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_ID_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    FMR_FIELD_NUMBER: _ClassVar[int]
    FPIR_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    SEARCHED_FIELD_NUMBER: _ClassVar[int]
    outcome: Outcome
    subject_id: str
    score: float
    fmr: float
    fpir: float
    threshold: float
    searched: int
    def __init__(self, outcome: _Optional[_Union[Outcome, str]] = ..., subject_id: _Optional[str] = ..., score: _Optional[float] = ..., fmr: _Optional[float] = ..., fpir: _Optional[float] = ..., threshold: _Optional[float] = ..., searched: _Optional[int] = ...) -> None: ...

class TrackReport(_message.Message):
    __slots__ = ("gallery", "track", "camera", "first_at", "last_at", "frames", "in_view", "shots", "decided")
    GALLERY_FIELD_NUMBER: _ClassVar[int]
    TRACK_FIELD_NUMBER: _ClassVar[int]
    CAMERA_FIELD_NUMBER: _ClassVar[int]
    FIRST_AT_FIELD_NUMBER: _ClassVar[int]
    LAST_AT_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    IN_VIEW_FIELD_NUMBER: _ClassVar[int]
    SHOTS_FIELD_NUMBER: _ClassVar[int]
    DECIDED_FIELD_NUMBER: _ClassVar[int]
    gallery: str
    track: str
    camera: str
    first_at: _timestamp_pb2.Timestamp
    last_at: _timestamp_pb2.Timestamp
    frames: int
    in_view: bool
    shots: _containers.RepeatedCompositeFieldContainer[Shot]
    decided: DeviceDecision
    def __init__(self, gallery: _Optional[str] = ..., track: _Optional[str] = ..., camera: _Optional[str] = ..., first_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., frames: _Optional[int] = ..., in_view: _Optional[bool] = ..., shots: _Optional[_Iterable[_Union[Shot, _Mapping]]] = ..., decided: _Optional[_Union[DeviceDecision, _Mapping]] = ...) -> None: ...

class TrackRecorded(_message.Message):
    __slots__ = ("track", "event_id", "revised", "outcome", "subject_id", "subject", "remembered", "score", "fmr", "fpir", "reasons")
    TRACK_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    REVISED_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_ID_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    REMEMBERED_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    FMR_FIELD_NUMBER: _ClassVar[int]
    FPIR_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    track: str
    event_id: str
    revised: bool
    outcome: Outcome
    subject_id: str
    subject: str
    remembered: bool
    score: float
    fmr: float
    fpir: float
    reasons: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, track: _Optional[str] = ..., event_id: _Optional[str] = ..., revised: _Optional[bool] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., subject_id: _Optional[str] = ..., subject: _Optional[str] = ..., remembered: _Optional[bool] = ..., score: _Optional[float] = ..., fmr: _Optional[float] = ..., fpir: _Optional[float] = ..., reasons: _Optional[_Iterable[str]] = ...) -> None: ...

class TrackAnswer(_message.Message):
    __slots__ = ("track", "recorded", "error")
    TRACK_FIELD_NUMBER: _ClassVar[int]
    RECORDED_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    track: str
    recorded: TrackRecorded
    error: Problem
    def __init__(self, track: _Optional[str] = ..., recorded: _Optional[_Union[TrackRecorded, _Mapping]] = ..., error: _Optional[_Union[Problem, _Mapping]] = ...) -> None: ...

class SubmitRequest(_message.Message):
    __slots__ = ("gallery", "captures", "source")
    GALLERY_FIELD_NUMBER: _ClassVar[int]
    CAPTURES_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    gallery: str
    captures: _containers.RepeatedCompositeFieldContainer[Capture]
    source: str
    def __init__(self, gallery: _Optional[str] = ..., captures: _Optional[_Iterable[_Union[Capture, _Mapping]]] = ..., source: _Optional[str] = ...) -> None: ...

class Job(_message.Message):
    __slots__ = ("id", "kind", "state", "gallery", "total", "succeeded", "failed", "cancelled")
    ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    GALLERY_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    SUCCEEDED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_FIELD_NUMBER: _ClassVar[int]
    id: str
    kind: str
    state: str
    gallery: str
    total: int
    succeeded: int
    failed: int
    cancelled: int
    def __init__(self, id: _Optional[str] = ..., kind: _Optional[str] = ..., state: _Optional[str] = ..., gallery: _Optional[str] = ..., total: _Optional[int] = ..., succeeded: _Optional[int] = ..., failed: _Optional[int] = ..., cancelled: _Optional[int] = ...) -> None: ...

class GetJobRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class Pixels(_message.Message):
    __slots__ = ("bgr", "height", "width", "original_height", "original_width")
    BGR_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_HEIGHT_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_WIDTH_FIELD_NUMBER: _ClassVar[int]
    bgr: bytes
    height: int
    width: int
    original_height: int
    original_width: int
    def __init__(self, bgr: _Optional[bytes] = ..., height: _Optional[int] = ..., width: _Optional[int] = ..., original_height: _Optional[int] = ..., original_width: _Optional[int] = ...) -> None: ...

class QualityGate(_message.Message):
    __slots__ = ("min_face_px", "min_sharpness", "min_under_exposure_prevention", "min_over_exposure_prevention", "max_yaw_deg", "max_pitch_deg", "min_crop", "min_score")
    MIN_FACE_PX_FIELD_NUMBER: _ClassVar[int]
    MIN_SHARPNESS_FIELD_NUMBER: _ClassVar[int]
    MIN_UNDER_EXPOSURE_PREVENTION_FIELD_NUMBER: _ClassVar[int]
    MIN_OVER_EXPOSURE_PREVENTION_FIELD_NUMBER: _ClassVar[int]
    MAX_YAW_DEG_FIELD_NUMBER: _ClassVar[int]
    MAX_PITCH_DEG_FIELD_NUMBER: _ClassVar[int]
    MIN_CROP_FIELD_NUMBER: _ClassVar[int]
    MIN_SCORE_FIELD_NUMBER: _ClassVar[int]
    min_face_px: float
    min_sharpness: float
    min_under_exposure_prevention: float
    min_over_exposure_prevention: float
    max_yaw_deg: float
    max_pitch_deg: float
    min_crop: float
    min_score: float
    def __init__(self, min_face_px: _Optional[float] = ..., min_sharpness: _Optional[float] = ..., min_under_exposure_prevention: _Optional[float] = ..., min_over_exposure_prevention: _Optional[float] = ..., max_yaw_deg: _Optional[float] = ..., max_pitch_deg: _Optional[float] = ..., min_crop: _Optional[float] = ..., min_score: _Optional[float] = ...) -> None: ...

class SamplesRequest(_message.Message):
    __slots__ = ("pack", "model", "file", "pixels", "gate")
    PACK_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    FILE_FIELD_NUMBER: _ClassVar[int]
    PIXELS_FIELD_NUMBER: _ClassVar[int]
    GATE_FIELD_NUMBER: _ClassVar[int]
    pack: str
    model: str
    file: bytes
    pixels: Pixels
    gate: QualityGate
    def __init__(self, pack: _Optional[str] = ..., model: _Optional[str] = ..., file: _Optional[bytes] = ..., pixels: _Optional[_Union[Pixels, _Mapping]] = ..., gate: _Optional[_Union[QualityGate, _Mapping]] = ...) -> None: ...

class QualityComponent(_message.Message):
    __slots__ = ("name", "value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: float
    def __init__(self, name: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...

class FoundFace(_message.Message):
    __slots__ = ("box", "landmarks", "score", "components", "pose", "unified", "chip", "reasons", "light")
    BOX_FIELD_NUMBER: _ClassVar[int]
    LANDMARKS_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    COMPONENTS_FIELD_NUMBER: _ClassVar[int]
    POSE_FIELD_NUMBER: _ClassVar[int]
    UNIFIED_FIELD_NUMBER: _ClassVar[int]
    CHIP_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    LIGHT_FIELD_NUMBER: _ClassVar[int]
    box: Box
    landmarks: _containers.RepeatedScalarFieldContainer[float]
    score: float
    components: _containers.RepeatedCompositeFieldContainer[QualityComponent]
    pose: Pose
    unified: float
    chip: bytes
    reasons: _containers.RepeatedScalarFieldContainer[str]
    light: Light
    def __init__(self, box: _Optional[_Union[Box, _Mapping]] = ..., landmarks: _Optional[_Iterable[float]] = ..., score: _Optional[float] = ..., components: _Optional[_Iterable[_Union[QualityComponent, _Mapping]]] = ..., pose: _Optional[_Union[Pose, _Mapping]] = ..., unified: _Optional[float] = ..., chip: _Optional[bytes] = ..., reasons: _Optional[_Iterable[str]] = ..., light: _Optional[_Union[Light, _Mapping]] = ...) -> None: ...

class Light(_message.Message):
    __slots__ = ("brightness", "red_green", "blue_green")
    BRIGHTNESS_FIELD_NUMBER: _ClassVar[int]
    RED_GREEN_FIELD_NUMBER: _ClassVar[int]
    BLUE_GREEN_FIELD_NUMBER: _ClassVar[int]
    brightness: float
    red_green: float
    blue_green: float
    def __init__(self, brightness: _Optional[float] = ..., red_green: _Optional[float] = ..., blue_green: _Optional[float] = ...) -> None: ...

class SamplesResponse(_message.Message):
    __slots__ = ("faces",)
    FACES_FIELD_NUMBER: _ClassVar[int]
    faces: _containers.RepeatedCompositeFieldContainer[FoundFace]
    def __init__(self, faces: _Optional[_Iterable[_Union[FoundFace, _Mapping]]] = ...) -> None: ...

class TemplatesRequest(_message.Message):
    __slots__ = ("pack", "model", "samples", "flip")
    PACK_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    FLIP_FIELD_NUMBER: _ClassVar[int]
    pack: str
    model: str
    samples: _containers.RepeatedCompositeFieldContainer[FoundFace]
    flip: bool
    def __init__(self, pack: _Optional[str] = ..., model: _Optional[str] = ..., samples: _Optional[_Iterable[_Union[FoundFace, _Mapping]]] = ..., flip: _Optional[bool] = ...) -> None: ...

class TemplateVector(_message.Message):
    __slots__ = ("vector", "norm", "quality")
    VECTOR_FIELD_NUMBER: _ClassVar[int]
    NORM_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    vector: _containers.RepeatedScalarFieldContainer[float]
    norm: float
    quality: float
    def __init__(self, vector: _Optional[_Iterable[float]] = ..., norm: _Optional[float] = ..., quality: _Optional[float] = ...) -> None: ...

class TemplatesResponse(_message.Message):
    __slots__ = ("model", "templates")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    TEMPLATES_FIELD_NUMBER: _ClassVar[int]
    model: str
    templates: _containers.RepeatedCompositeFieldContainer[TemplateVector]
    def __init__(self, model: _Optional[str] = ..., templates: _Optional[_Iterable[_Union[TemplateVector, _Mapping]]] = ...) -> None: ...
