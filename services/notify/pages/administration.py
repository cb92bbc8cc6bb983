"""Notify's audit log and dead letters, as tabs of the pages that every room has."""

from fastapi import APIRouter

from services.notify.usecases.confiding import secrets_from
from shared.web.audit_page import Trail, audit_page
from shared.web.dead_page import dead_page

router = APIRouter()
router.include_router(
    audit_page(
        Trail("notify", "/messages/audit", secrets_from, acts=("messages.export", "audit.export", "letter.replay"))
    )
)
router.include_router(dead_page("notify", "/messages/dead", secrets_from))
