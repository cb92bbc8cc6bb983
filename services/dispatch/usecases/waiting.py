"""What waits on a case, and for whom."""

from datetime import datetime

from services.dispatch.domain.duties import Duty, duties
from services.dispatch.repository import situation_of, standing_of
from services.dispatch.tables import Complaint
from shared.org.authority import who_may
from shared.org.model import Directory
from shared.policy.model import Policy


def people_waited_for(
    policy: Policy, directory: Directory, case: Complaint, now: datetime
) -> list[tuple[Duty, list[str]]]:
    """Each duty with everybody who may do it now."""
    open_duties = duties(
        policy, situation_of(case), visited=case.visited_at is not None, planned=case.planned, pending=case.pending
    )
    return [(duty, who_may(duty.by, policy, directory, standing_of(case), now)) for duty in open_duties]
