"""What waits on a case, and for whom."""

from datetime import datetime

from services.dispatch.domain.duties import HELP, Duty, duties
from services.dispatch.repository import situation_of, standing_of
from services.dispatch.tables import Complaint
from shared.org.acting import acting_for
from shared.org.authority import who_may
from shared.org.liability import cooperating_head
from shared.org.model import Directory
from shared.policy.model import Policy


def people_waited_for(
    policy: Policy, directory: Directory, case: Complaint, now: datetime
) -> list[tuple[Duty, list[str]]]:
    """Each duty with everybody who may do it now."""
    open_duties = duties(
        policy, situation_of(case), visited=case.visited_at is not None, planned=case.planned, pending=case.pending
    )
    standing = standing_of(case)
    return [
        (
            duty,
            _helpers(policy, directory, case, now)
            if duty.command == HELP
            else who_may(duty.by, policy, directory, standing, now),
        )
        for duty in open_duties
    ]


def _helpers(policy: Policy, directory: Directory, case: Complaint, now: datetime) -> list[str]:
    """003§4: the heads of the departments that were asked and have not answered, or who acts for them; each once."""
    heads = (cooperating_head(policy, directory, standing_of(case), unit, now) for unit in case.asked)
    return list(dict.fromkeys(acting_for(directory, head, now) for head in heads if head))
