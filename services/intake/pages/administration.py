"""Intake's audit log and dead letters, as tabs of the pages that every room has."""

from fastapi import APIRouter
from sqlalchemy import select
from sqlmodel import col

from services.intake.tables import Complaint
from services.intake.usecases.confiding import secrets_from
from shared.web.audit_page import Trail, audit_page
from shared.web.dead_page import dead_page

router = APIRouter()
router.include_router(
    audit_page(
        Trail(
            "intake",
            "/intake/audit",
            secrets_from,
            acts=("attachment.add", "audit.export", "letter.replay"),
            cases=select(col(Complaint.id), col(Complaint.number)),
        )
    )
)
router.include_router(dead_page("intake", "/intake/dead", secrets_from))
