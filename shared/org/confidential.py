"""B9: cases that only the holders of certain posts see. Every read and every command of every room asks here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.kernel.errors import Code, Refused
from shared.org.liability import CaseStanding, holder
from shared.org.model import Directory
from shared.policy.model import Policy

NO_SUCH_CASE = "没有这件投诉"


def confined_to(policy: Policy, case: Mapping[str, Any], fields: Mapping[str, Any]) -> tuple[str, ...]:
    """004§7(二): the posts that alone see a case of these aspects; none where everybody in charge sees it."""
    for rule in policy.confidential:
        if rule.case.holds(case, fields):
            return tuple(rule.visible_to)
    return ()


def kind_by_flag(policy: Policy, fields: Mapping[str, Any]) -> str | None:
    """The kind that a registration has because of a field set in it, whatever kind it names."""
    for rule in policy.confidential:
        if rule.case.kind and any(fields.get(flag) is True for flag in rule.flags):
            return rule.case.kind[0]
    return None


def confidants(policy: Policy, directory: Directory, case: CaseStanding, at: datetime) -> list[str]:
    """Who sees a confidential case, each once: the holders of the posts, or who stands in while one is vacant.

    Our reading: nobody's delegate does. The letter may be about him, and whoever is away may still act himself.
    """
    people = (holder(post, policy, directory, case, at) for post in case.confined_to)
    return list(dict.fromkeys(person for person in people if person))


def in_confidence(policy: Policy, directory: Directory, case: CaseStanding, person: str, at: datetime) -> bool:
    """Whether the case is nobody's secret, or his."""
    return not case.confined_to or person in confidants(policy, directory, case, at)


def require_confidence(policy: Policy, directory: Directory, case: CaseStanding, person: str, at: datetime) -> None:
    """Raises Refused(not_found): who may not see the case does not learn that there is one."""
    if not in_confidence(policy, directory, case, person, at):
        raise Refused(Code.not_found, NO_SUCH_CASE)


def stored(posts: tuple[str, ...]) -> str | None:
    """The posts as a column keeps them; null for a case that is not confidential, so that SQL can ask."""
    return ",".join(posts) or None


def loaded(text: str | None) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()
