"""Parts of a policy that protect people: letters few may see, what a customer is told, addresses that are right."""

from typing import Annotated

from pydantic import Field

from shared.policy.base import CaseCondition, Frozen


class Confidential(Frozen):
    """004§7(二): cases that only the holders of these posts see and act on, whatever else their steps say.

    `flags`: a registration with one of these fields set is of the first kind of `case`. `waits`: the commands that
    wait for them while the case is open; a step's own `waits` is meant for others.
    """

    id: str
    name: str
    clause: str
    case: CaseCondition
    flags: list[str] = []
    visible_to: list[str] = Field(min_length=1)
    waits: list[str] = []


class Told(Frozen):
    """002§二(一)5: what a customer is told at registration: what comes next, and within which time.

    Without a promised time it is the length of `clock`; without either no time is told.
    """

    clause: str
    next: Annotated[str, Field(min_length=1, max_length=100)]
    clock: str | None = None


class ChannelChecks(Frozen):
    """000§二: how long an address at which a project takes complaints may go unchecked."""

    clause: str
    check_days: int = Field(gt=0, le=366)
