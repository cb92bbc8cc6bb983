"""B8: what a customer is told at registration besides the number: next step, expected time, contact, his link. Pure."""

import re
from datetime import tzinfo

from shared.events.intake import ComplaintRegisteredV1
from shared.org.model import Directory
from shared.policy.clocks import SpanClock
from shared.policy.model import Policy

PUBLIC_URL = "public_url"
"""Under this name the room has the address by which customers reach it, where there is one."""

_KEY = re.compile(r"(/t/)[\w\-.~]+")


def promised(
    policy: Policy, fact: ComplaintRegisteredV1, directory: Directory | None, public_url: str | None, zone: tzinfo
) -> dict[str, str]:
    """002§二(一)5: what the policy and the registration say; what neither says is left out.

    The contact is the project's public hotline, else the officer and his number. The link holds the customer's key.
    """
    words: dict[str, str] = {}
    if policy.told is not None:
        words["next"] = policy.told.next
    clock = policy.clocks.get(policy.told.clock or "") if policy.told else None
    if fact.required_by is not None:
        words["expected"] = f"预计{fact.required_by.astimezone(zone):%Y-%m-%d %H:%M}前办理完毕"
    elif isinstance(clock, SpanClock):
        words["expected"] = f"预计{clock.length.label}内办理"
    contact = fact.contact or _officer(directory, fact.officer)
    if contact:
        words["contact"] = contact
    if public_url and fact.tracking:
        words["link"] = f"{public_url}/t/{fact.tracking}"
    return words


def without_key(text: str) -> str:
    """The text as anybody but its recipient may read it: who has the link's key acts as the customer."""
    return _KEY.sub(r"\1***", text)


def _officer(directory: Directory | None, officer: str | None) -> str | None:
    person = directory.person(officer or "") if directory else None
    return f"客服专员{person.name}，电话{person.mobile}" if person and person.mobile else None
