"""Which messages have no approved template of the provider yet."""

from services.notify.domain.templates import TEMPLATES
from services.notify.domain.wording import TemplateMap
from shared.policy.library import PolicyLibrary

OF_REPORTS = "report.*"


def unmapped(templates: TemplateMap, policies: PolicyLibrary) -> list[str]:
    """The names of all templates that the policies or the program use and the mapping does not know."""
    names = set(TEMPLATES) | {reminder.template for policy in policies.all() for reminder in policy.reminder}
    reports = {f"report.{report.id}" for policy in policies.all() for report in getattr(policy, "report", [])}
    names |= reports or {OF_REPORTS}
    return sorted(name for name in names if templates.find(name) is None)
