"""Intake's pages: capture at the desk, what customers see by their link, the record's card, the registers."""

from fastapi import APIRouter

from services.intake.pages import administration, capture, cards, channels, customers, lists, registered

router = APIRouter(include_in_schema=False)
for page in (capture, registered, customers, cards, lists, channels, administration):
    router.include_router(page.router)
