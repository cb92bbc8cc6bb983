"""The ledger's audit log and dead letters, as tabs of the pages that every room has."""

from fastapi import APIRouter
from sqlalchemy import select

from services.sla.repository import CASE
from services.sla.usecases.confiding import secrets_from
from shared.web.audit_page import Trail, audit_page
from shared.web.dead_page import dead_page

router = APIRouter()
router.include_router(
    audit_page(
        Trail(
            "sla",
            "/ledger/audit",
            secrets_from,
            acts=("statement.export", "report.export", "ledger.export", "audit.export", "letter.replay"),
            cases=select(CASE.c.complaint_id, CASE.c.number),
        )
    )
)
router.include_router(dead_page("sla", "/ledger/dead", secrets_from))
