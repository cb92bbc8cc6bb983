"""sla's pages: the case's card, penalties, what is overdue, findings, proposals, statements, reports and registers."""

from fastapi import APIRouter

from services.sla.pages import (
    administration,
    calendar,
    calls,
    cards,
    dashboard,
    findings,
    mine,
    overdue,
    penalties,
    people,
    policies,
    proposals,
    registers,
    reports,
    statements,
)

router = APIRouter(include_in_schema=False)
pages = (
    cards, calls, mine, penalties, overdue, findings, proposals, statements, reports, registers, people, administration,
    dashboard, calendar, policies,
)  # fmt: skip
for page in pages:
    router.include_router(page.router)
