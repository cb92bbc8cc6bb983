"""What intake publishes."""

from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.events.base import CaseFact, Event


class Customer(BaseModel):
    """Who complains. `phone` is in E.164 or a 95xxx service number."""

    model_config = ConfigDict(frozen=True, extra="allow")
    name: str
    phone: str
    room: str | None = None
    address: str | None = None


class ComplaintRegisteredV1(CaseFact):
    """003§13: a complaint was captured. `officer` owns it; `handed_in`: someone else entered it.

    `closed` is true when it was solved on the spot and signed (003§15). `tracking` is the customer's key and for his
    eyes only; `contact` is the number he may ring, where the project has a public one.
    """

    topic: ClassVar[str] = "intake.complaint_registered.v1"
    keys: ClassVar[frozenset[str]] = frozenset({"tracking"})
    number: str
    policy_id: str
    policy_version: str
    channel: str
    contact_ended_at: AwareDatetime
    officer: str | None
    handed_in: bool
    kind: str
    validity: str | None
    category: str | None
    severity: str
    severity_reason: str
    required_by: AwareDatetime | None
    customer: Customer
    content: str
    on_the_spot: bool
    signed: bool
    closed: bool
    fields: dict[str, Any] = {}
    tracking: str | None = None
    contact: str | None = None


class ComplaintSignedV1(CaseFact):
    """003§13,15: the customer signed the text whose SHA-256 is given. `closes` when it was solved on the spot."""

    topic: ClassVar[str] = "intake.complaint_signed.v1"
    text_sha256: str
    closes: bool


class ComplaintClassifiedV1(CaseFact):
    """000§3.2: kind, validity, category or severity as they are from now on; `kind_before` is what it was."""

    topic: ClassVar[str] = "intake.complaint_classified.v1"
    kind: str
    validity: str | None
    category: str | None
    severity: str
    severity_reason: str
    reason: str | None
    kind_before: str | None = None


class ComplaintCorrectedV1(CaseFact):
    """004§6: what was recorded wrongly, put right; it holds from the registration on. `changed` names what differs.

    Kind, validity, category and severity have a fact of their own.
    """

    topic: ClassVar[str] = "intake.complaint_corrected.v1"
    customer: Customer
    content: str
    contact_ended_at: AwareDatetime
    fields: dict[str, Any] = {}
    changed: list[str] = []
    reason: str


class ComplaintLinkedV1(CaseFact):
    """003§33.4: this complaint duplicates, belongs with, or repeats another; each of the two has a fact of its own.

    `role`: this one was linked (`from`), or the other one was linked to it (`to`); a duplicate was `merged` into `to`
    and ends here, or is the `survivor` that took `to` over. `number` is the other's. A survivor is told the earliest
    contact end, registration and required time of what it took over; null where it inherits none.
    """

    topic: ClassVar[str] = "intake.complaint_linked.v1"
    to: UUID
    relation: Literal["duplicate", "same_group", "repeat"]
    role: Literal["from", "to", "merged", "survivor"] = "from"
    number: str | None = None
    contact_ended_at: AwareDatetime | None = None
    registered_at: AwareDatetime | None = None
    required_by: AwareDatetime | None = None


class ComplaintReferredV1(Event):
    """003§7: a complaint to a centre that is closed was handed to the property company, `head` its head then."""

    topic: ClassVar[str] = "intake.complaint_referred.v1"
    referral_id: UUID
    project_id: str
    property_company: str
    head: str | None
    by: str


class ComplaintGuardedV1(CaseFact):
    """004§5(二): whether extreme behaviour was threatened, and who is named to accompany the case, from now on.

    `raised`: the threat is new with this fact; `named`: the person is.
    """

    topic: ClassVar[str] = "intake.complaint_guarded.v1"
    extreme: bool
    guardian: str | None
    raised: bool
    named: bool


class WindowRatedV1(CaseFact):
    """003§16: the customer rated the window service, 1 to 5 stars."""

    topic: ClassVar[str] = "intake.window_rated.v1"
    stars: int
    officer: str | None
