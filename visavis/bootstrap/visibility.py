"""What a caller may know of: what belongs to galleries outside its limits is not there for it."""

from abc import abstractmethod

from visavis.application.detection_log import DetectionLog, NamedEvent
from visavis.application.galleries import Galleries
from visavis.application.jobs.overview import JobOverview
from visavis.application.ports.store import SubjectSummary
from visavis.application.subjects import Subjects
from visavis.bootstrap.caller import Caller
from visavis.domain.errors import EventNotFound, JobNotFound, NotPermitted, SubjectNotFound
from visavis.domain.event import EventId
from visavis.domain.gallery import Gallery
from visavis.domain.job import Job, JobId
from visavis.domain.subject import SubjectId


class Visibility(Caller):
    """What `Platform` inherits."""

    __slots__ = ()

    @property
    @abstractmethod
    def galleries(self) -> Galleries: ...

    @property
    @abstractmethod
    def subjects(self) -> Subjects: ...

    @property
    @abstractmethod
    def detection_log(self) -> DetectionLog: ...

    @property
    @abstractmethod
    def jobs(self) -> JobOverview: ...

    async def gallery(self, name: str) -> Gallery:
        """A gallery that the caller may use. Raises `NotPermitted`, `GalleryNotFound`."""
        self.principal.require_gallery(name)
        return await self.galleries.get(name)

    async def visible(self, subject_id: SubjectId, *, wholly: bool = False) -> SubjectSummary:
        """A subject that the caller may see: member of one of its galleries; `wholly`: of no other.

        Raises `SubjectNotFound`, `NotPermitted`.
        """
        found = await self.subjects.get(subject_id)
        mine = self.principal.galleries
        if mine is not None:
            theirs = {name for name, _ in found.galleries}
            if not theirs & mine:
                raise SubjectNotFound
            if wholly and theirs - mine:
                raise NotPermitted("This subject is in galleries that this caller may not use, too.")
        return found

    async def visible_event(self, event_id: EventId) -> NamedEvent:
        """Raises `EventNotFound`, also for events of galleries that the caller may not use."""
        found = await self.detection_log.get(event_id)
        if not self.principal.reaches(found.event.gallery):
            raise EventNotFound
        return found

    async def visible_job(self, job_id: JobId) -> Job:
        """Raises `JobNotFound`, also for jobs of galleries that the caller may not use."""
        job = await self.jobs.get(job_id)
        if not self.principal.reaches(job.gallery):
            raise JobNotFound
        return job
