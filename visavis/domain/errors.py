"""Every way Visavis says no.

    VisavisError
      InputError          ImageUnreadable, ImageTooLarge, NoFace, ManyFaces, ValueInvalid, FileUnreadable,
                          RequestTooLarge, RequestTooSlow, MethodNotAllowed, MediaUnsupported, VideoUnreadable
      Refusal             QualityTooLow, AttackSuspected, ConsentMissing, WrongSubject, GateFailed, ConfirmationMissing
      CaptureFailure      FailureToAcquire, FailureToExtract
      NotFound            SubjectNotFound, GalleryNotFound, ReferenceNotFound, ModelNotFound, EventNotFound,
                          ConsentNotFound, ReceiptNotFound, JobNotFound, AccountNotFound, WebhookNotFound, PathNotFound,
                          DeliveryNotFound, AlertNotFound, AlertRuleNotFound, ChannelNotFound,
                          MonitorNotFound, RecordingNotFound, StillNotFound, CalibrationNotFound, CameraNotFound,
                          SnapshotNotFound, AgentNotFound, ConfigurationNotFound, DoorNotFound, ScheduleNotFound,
                          PlanNotFound, CorrectionNotFound, ReportNotFound, ReviewNotFound, TrialNotFound
      Conflict            AlreadyEnrolled, AlreadyExists, ModelMismatch, GalleryFull,
                          PreconditionFailed, CorrectionConflict, ReviewConflict,
                          IdempotencyConflict, RequestInProgress, LastOwner, StillUsed
      AccessError         NotAuthenticated, NotPermitted, QuotaExceeded
      Unavailable         StoreDown, IndexDown, ModelDown, CameraUnreachable, SourceUnreachable, Overloaded, Draining,
                          ServerUnreachable
      ConfigurationError  SettingsInvalid, DigestMismatch, LicenceRefused, CalibrationMissing,
                          DependencyMissing, KeyUnavailable, SchemaMismatch, ModelUnsupported

A class's docstring is its default message, `code` is stable for machines, `hint` tells a person what to do
next and `retryable` whether the same call may work later; `retry_after_s` says after how many seconds, where
that is known. Status codes live in `visavis.wire.errors`.
"""

import re
from inspect import cleandoc
from typing import ClassVar


class VisavisError(Exception):
    """Something went wrong."""

    hint: ClassVar[str] = ""
    retryable: bool = False

    def __init__(
        self,
        message: str = "",
        *,
        hint: str = "",
        reasons: tuple[str, ...] = (),
        retry_after_s: float | None = None,
        request_id: str = "",
        code: str = "",
    ) -> None:
        self.message = message or cleandoc(type(self).__doc__ or "").partition("\n")[0]
        self.advice = hint or type(self).hint
        self.reasons = reasons
        self.retry_after_s = retry_after_s
        self.request_id = request_id  #: of the server that said it; finds the request in its log
        self._code = code
        super().__init__(self.message)

    @property
    def code(self) -> str:
        """Stable name for machines: the class name in snake case, or what a newer server calls it."""
        return self._code or re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()


class InputError(VisavisError):
    """The input cannot be used."""


class ImageUnreadable(InputError):
    """The image cannot be read."""

    hint = "Send a complete JPEG, PNG, WebP, BMP or TIFF file (HEIC with the extra visavis[heic])."


class ImageTooLarge(InputError):
    """The image is larger than the configured limit."""

    hint = "Make the image smaller, or raise limits.max_image_bytes or limits.max_image_pixels."


class NoFace(InputError):
    """No face was found in the image."""

    hint = "Use a photo in which the whole face is visible, upright and at least 24 pixels wide."


class ManyFaces(InputError):
    """More than one face was found where exactly one is expected."""

    hint = "Crop the photo to one person, or allow the largest face to be taken."


class ValueInvalid(InputError):
    """A value is outside its allowed range."""


class FileUnreadable(InputError):
    """A file cannot be read or has another format than expected."""


class VideoUnreadable(InputError):
    """The video cannot be read."""

    hint = "Use a complete MP4, MKV, AVI, MOV or WebM file."


class RequestTooLarge(InputError):
    """The request is larger than the server accepts."""

    hint = "Send smaller or fewer images, or raise limits.max_image_bytes or server.max_body_bytes."


class RequestTooSlow(InputError):
    """The request did not arrive in time."""

    hint = "Send it again; the whole request has to arrive within server.body_timeout_s."
    retryable = True


class MethodNotAllowed(InputError):
    """This path does not know this method."""


class MediaUnsupported(InputError):
    """The body has a type that this path does not take."""

    hint = "Send multipart/form-data, application/json with base64, or the image itself as image/*."


class Refusal(VisavisError):
    """The request was understood and refused."""


class QualityTooLow(Refusal):
    """The face is not good enough for this use."""

    hint = "Take a sharp, evenly lit, frontal photo from closer by."


class AttackSuspected(Refusal):
    """The presentation does not look like a live person."""


class ConsentMissing(Refusal):
    """There is no valid consent for this subject."""


class WrongSubject(Refusal):
    """The photo looks like another subject who is already enrolled."""

    hint = "Check the photo. If it is right, enrol it with force (--force)."


class ConfirmationMissing(Refusal):
    """This has to be confirmed by naming everybody concerned."""


class GateFailed(Refusal):
    """The model pack did not pass the gate."""

    hint = "Mend what failed, or promote it with a gate of your own (--gate), whose digest is recorded."


class CaptureFailure(VisavisError):
    """A usable sample could not be obtained."""


class FailureToAcquire(CaptureFailure):
    """No sample of sufficient quality could be acquired."""


class FailureToExtract(CaptureFailure):
    """No template could be computed from the sample."""


class NotFound(VisavisError):
    """There is no such thing."""


class SubjectNotFound(NotFound):
    """There is no such subject."""

    hint = "List the subjects with: visavis subjects"


class GalleryNotFound(NotFound):
    """There is no such gallery."""

    hint = "List the galleries with: visavis galleries"


class ReferenceNotFound(NotFound):
    """There is no such reference."""


class ModelNotFound(NotFound):
    """There is no such model pack."""

    hint = "List the model packs with: visavis models list"


class EventNotFound(NotFound):
    """There is no such event in the detection log."""


class ConsentNotFound(NotFound):
    """There is no such consent."""


class ReceiptNotFound(NotFound):
    """There is no such receipt."""


class JobNotFound(NotFound):
    """There is no such job."""


class AccountNotFound(NotFound):
    """There is no such user, API key or tenant."""


class WebhookNotFound(NotFound):
    """There is no such webhook."""


class DeliveryNotFound(NotFound):
    """There is no such delivery of a webhook."""


class CameraNotFound(NotFound):
    """There is no such camera."""

    hint = "List the cameras with: visavis cameras list"


class SnapshotNotFound(NotFound):
    """There is no picture of this camera."""

    hint = (
        'Its agent sends pictures if its configuration says so (snapshots = "blurred"), and while it works.'
    )


class AgentNotFound(NotFound):
    """There is no such agent."""

    hint = "List the agents with: visavis agents list"


class ConfigurationNotFound(NotFound):
    """There is no such version of this agent's configuration."""


class CorrectionNotFound(NotFound):
    """There is no such correction: it may have expired, or somebody whom it was about was erased."""


class ReviewNotFound(NotFound):
    """There is nothing to review about this event."""


class AlertNotFound(NotFound):
    """There is no such alert."""


class AlertRuleNotFound(NotFound):
    """There is no such rule of alerts."""


class ChannelNotFound(NotFound):
    """There is no such channel."""


class MonitorNotFound(NotFound):
    """There is no such monitor of drift."""


class DoorNotFound(NotFound):
    """There is no such door."""

    hint = "List the doors with: visavis doors list"


class ScheduleNotFound(NotFound):
    """There is no such schedule."""

    hint = "List the schedules with: visavis schedules list"


class TrialNotFound(NotFound):
    """No model pack is on trial in this gallery."""

    hint = "Start one: visavis trials start GALLERY PACK"


class PlanNotFound(NotFound):
    """The gallery has no attendance plan."""

    hint = "Make one: visavis attendance-plan GALLERY --zone Europe/Berlin"


class RecordingNotFound(NotFound):
    """There is no such recording."""


class StillNotFound(NotFound):
    """There is no picture of this face: the video is not there any more, or is not the file that was indexed."""


class ReportNotFound(NotFound):
    """There is no such report."""


class CalibrationNotFound(NotFound):
    """The gallery has no calibration of its own: that of its model pack counts."""


class PathNotFound(NotFound):
    """There is nothing at this path."""

    hint = "See the API reference at /v1/docs."


class Conflict(VisavisError):
    """The request conflicts with what is stored."""


class AlreadyEnrolled(Conflict):
    """This photo is already enrolled."""


class AlreadyExists(Conflict):
    """Something with this name exists already."""


class ModelMismatch(Conflict):
    """Templates of different models cannot be compared."""

    hint = "Use the model pack the gallery was created with, or enrol into a new gallery."


class GalleryFull(Conflict):
    """The gallery has reached its configured capacity."""


class ReviewConflict(Conflict):
    """This case cannot be decided like this: somebody has it in front of her, or it is decided already."""


class CorrectionConflict(Conflict):
    """What was corrected has changed since, so the correction cannot be undone."""


class PreconditionFailed(Conflict):
    """It was changed since it was read."""

    hint = "Read it again, and send its current ETag as If-Match."


class IdempotencyConflict(Conflict):
    """This idempotency key was used for another request."""

    hint = "Use a new key for every request, and the same one only to repeat it."


class RequestInProgress(Conflict):
    """An earlier try of this request is still being worked on."""

    hint = "Send the same request again in a moment."
    retryable = True


class StillUsed(Conflict):
    """Something else still uses this."""


class LastOwner(Conflict):
    """This is the only owner."""

    hint = "Make somebody else an owner first."


class AccessError(VisavisError):
    """Access was refused."""


class NotAuthenticated(AccessError):
    """The caller is not authenticated."""


class NotPermitted(AccessError):
    """The caller may not do this."""


class QuotaExceeded(AccessError):
    """A quota or rate limit was exceeded."""

    retryable = True


class Unavailable(VisavisError):
    """A part of the system is not available."""

    retryable = True


class ServerUnreachable(Unavailable):
    """The server cannot be reached."""

    hint = "Check the address (VISAVIS_URL), and whether the server runs: visavis up"


class StoreDown(Unavailable):
    """The database cannot be reached."""

    hint = "Run: visavis doctor"


class IndexDown(Unavailable):
    """The search engine that keeps the index cannot be reached."""

    hint = "Check that Milvus runs and that index.milvus_url names it."


class ModelDown(Unavailable):
    """The model cannot be run."""


class CameraUnreachable(Unavailable):
    """The camera cannot be reached."""


class SourceUnreachable(Unavailable):
    """The source of a model cannot be reached."""

    hint = "Connect to the package registries once, or copy a filled model cache to this machine."


class Overloaded(Unavailable):
    """There is more work than this process can do in time."""

    hint = "Try again later, or give the service more workers or processes."


class Draining(Unavailable):
    """This process is shutting down and takes no new work."""

    hint = "Try again: another process answers."


class ConfigurationError(VisavisError):
    """The configuration does not allow this."""


class SettingsInvalid(ConfigurationError):
    """A setting is invalid."""


class DigestMismatch(ConfigurationError):
    """A model file is not the one that the catalogue names."""

    hint = "Delete the file and pull the pack again; if it happens twice, do not use the source."


class LicenceRefused(ConfigurationError):
    """The licence of this model pack has not been accepted."""


class CalibrationMissing(ConfigurationError):
    """The model pack has no calibration, so no decision can be made with it."""

    hint = "Calibrate it on photos of your own: visavis models calibrate"


class DependencyMissing(ConfigurationError):
    """An optional dependency is not installed."""


class KeyUnavailable(ConfigurationError):
    """The key that protects the templates is not available."""


class SchemaMismatch(ConfigurationError):
    """The database has a schema that this version does not know."""


class ModelUnsupported(ConfigurationError):
    """The model file is not what its family needs."""

    hint = "Check the family and the input contract in the manifest of the model pack."
