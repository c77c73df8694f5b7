"""What every group of use cases of one caller is made of."""

from abc import ABC, abstractmethod

from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Identifiers
from visavis.application.ports.store import Store
from visavis.application.search import GallerySearch
from visavis.bootstrap.models import Models
from visavis.domain.access import Principal
from visavis.domain.subject import TenantId
from visavis.settings import Settings


class Caller(ABC):
    """`Platform` has all of it; the groups that it inherits name what else they need."""

    __slots__ = ()

    @property
    @abstractmethod
    def settings(self) -> Settings: ...

    @property
    @abstractmethod
    def store(self) -> Store: ...

    @property
    @abstractmethod
    def tenant(self) -> TenantId: ...

    @property
    @abstractmethod
    def principal(self) -> Principal: ...

    @property
    @abstractmethod
    def ledger(self) -> Ledger: ...

    @property
    @abstractmethod
    def identifiers(self) -> Identifiers: ...

    @property
    @abstractmethod
    def models(self) -> Models: ...

    @property
    @abstractmethod
    def search(self) -> GallerySearch: ...
