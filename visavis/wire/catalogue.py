"""Every document there is: for the reference, and for tests that none is forgotten."""

from typing import Final

from visavis.wire.accounts import (
    ApiKeyCreatedDocument,
    ApiKeysDocument,
    SignInLinkDocument,
    UserRemovedDocument,
    UsersDocument,
)
from visavis.wire.ageing import AgeingDocument
from visavis.wire.agents import (
    AgentDocument,
    AgentInvitedDocument,
    AgentRevokedDocument,
    AgentsDocument,
)
from visavis.wire.alerts import (
    AlertMessage,
    AlertRuleRemovedDocument,
    AlertRulesDocument,
    AlertsDocument,
    ChannelRemovedDocument,
    ChannelsDocument,
    ChannelTestDocument,
    DispatchesDocument,
)
from visavis.wire.backup import BackupDocument, BackupManifest, RestoreDocument
from visavis.wire.bench import BenchDocument
from visavis.wire.bias import BiasDocument, SignedBiasDocument
from visavis.wire.calibration import CalibrateDocument
from visavis.wire.camera_trial import CameraTrialDocument
from visavis.wire.cameras import CameraRemovedDocument, CamerasDocument
from visavis.wire.cards import CardsDocument, PromotionDocument, PromotionsDocument
from visavis.wire.compare_models import CompareModelsDocument
from visavis.wire.corrections import CorrectionsDocument
from visavis.wire.descriptors import CompareDescriptorsDocument, ImportDescriptorsDocument
from visavis.wire.edge_check import EdgeCheckDocument, EnrolledDocument
from visavis.wire.edge_decision import EdgeDecisionDocument
from visavis.wire.edge_health import AgentHealth
from visavis.wire.enrolment import (
    EnrolDocument,
    EnrolFolderDocument,
    EnrolFolderReport,
    EnrolFolderSubjectDocument,
)
from visavis.wire.errors import ErrorDocument
from visavis.wire.evaluation import EvaluateDocument, EvaluateScoresDocument
from visavis.wire.galleries import EraseDocument, GalleriesDocument, GalleryRemovedDocument, SubjectsDocument
from visavis.wire.gathering import GatherDocument
from visavis.wire.governance import (
    AuditDocument,
    AuditVerifyDocument,
    ConsentsDocument,
    ReceiptDocument,
    ReceiptsDocument,
    RetentionDocument,
    RevocationDocument,
    SubjectExportDocument,
)
from visavis.wire.installation import DoctorDocument, DownDocument, KeysRotateDocument, UpDocument
from visavis.wire.jobs import EventDocument, JobDocument, JobsDocument
from visavis.wire.masked import MaskedDocument
from visavis.wire.model import Document
from visavis.wire.monitors import DriftDocument, MonitorDocument
from visavis.wire.packs import ModelDocument, ModelsDocument, ModelsVerifyDocument
from visavis.wire.pad import PadDocument
from visavis.wire.passages import (
    AccessDocument,
    AttendanceCorrectionDocument,
    AttendanceDocument,
    AttendancePlanDocument,
    DoorsDocument,
    DoorStateDocument,
    RemovedDocument,
    SchedulesDocument,
)
from visavis.wire.photos import DetectDocument, IdentifyDocument, VerifyDocument
from visavis.wire.recordings import (
    RecordingDocument,
    RecordingsDocument,
    RecordingSearchDocument,
    SignedSearchDocument,
)
from visavis.wire.reports import ReportsDocument
from visavis.wire.signatures import SignatureDocument
from visavis.wire.trials import TrialDocument, TrialsDocument, TrialStoppedDocument
from visavis.wire.v1.agent_files import PackContents
from visavis.wire.v1.agents import Instructions
from visavis.wire.visitors import FlowsDocument, HoursDocument, VisitorsDocument, VisitsDocument

DOCUMENTS: Final[tuple[type[Document], ...]] = (
    DetectDocument,
    VerifyDocument,
    IdentifyDocument,
    EnrolDocument,
    EnrolFolderSubjectDocument,
    EnrolFolderDocument,
    EnrolFolderReport,
    GatherDocument,
    RecordingsDocument,
    RecordingDocument,
    RecordingSearchDocument,
    SignedSearchDocument,
    CameraTrialDocument,
    EdgeCheckDocument,
    EnrolledDocument,
    AgentHealth,
    EdgeDecisionDocument,
    SubjectsDocument,
    GalleriesDocument,
    GalleryRemovedDocument,
    EraseDocument,
    SubjectExportDocument,
    ConsentsDocument,
    RevocationDocument,
    ReceiptsDocument,
    ReportsDocument,
    TrialsDocument,
    TrialDocument,
    TrialStoppedDocument,
    ReceiptDocument,
    RetentionDocument,
    AuditDocument,
    AuditVerifyDocument,
    SignatureDocument,
    UsersDocument,
    SignInLinkDocument,
    UserRemovedDocument,
    ApiKeysDocument,
    ApiKeyCreatedDocument,
    JobsDocument,
    JobDocument,
    EventDocument,
    CorrectionsDocument,
    AgentInvitedDocument,
    AgentsDocument,
    AgentDocument,
    AgentRevokedDocument,
    Instructions,
    PackContents,
    DriftDocument,
    MonitorDocument,
    AlertsDocument,
    AlertRulesDocument,
    AlertRuleRemovedDocument,
    ChannelsDocument,
    ChannelRemovedDocument,
    ChannelTestDocument,
    DispatchesDocument,
    AlertMessage,
    CamerasDocument,
    CameraRemovedDocument,
    VisitorsDocument,
    VisitsDocument,
    FlowsDocument,
    HoursDocument,
    AgeingDocument,
    CompareDescriptorsDocument,
    ImportDescriptorsDocument,
    ModelsDocument,
    ModelDocument,
    ModelsVerifyDocument,
    CardsDocument,
    PromotionDocument,
    PromotionsDocument,
    CalibrateDocument,
    EvaluateDocument,
    PadDocument,
    MaskedDocument,
    EvaluateScoresDocument,
    CompareModelsDocument,
    BiasDocument,
    SignedBiasDocument,
    BenchDocument,
    DoctorDocument,
    UpDocument,
    DownDocument,
    KeysRotateDocument,
    BackupDocument,
    BackupManifest,
    RestoreDocument,
    ErrorDocument,
    SchedulesDocument,
    DoorsDocument,
    AccessDocument,
    DoorStateDocument,
    AttendanceDocument,
    AttendancePlanDocument,
    AttendanceCorrectionDocument,
    RemovedDocument,
)
