"""Notify's pages: what was sent to whom."""

from fastapi import APIRouter

from services.notify.pages import administration, messages

router = APIRouter(include_in_schema=False)
for page in (messages, administration):
    router.include_router(page.router)
