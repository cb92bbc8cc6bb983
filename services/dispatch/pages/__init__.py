"""Dispatch's pages: signing in, orders and approvals, the case, the directory."""

from fastapi import APIRouter

from services.dispatch.pages import (
    acts,
    admin_accounts,
    admin_audit,
    admin_changes,
    admin_dead,
    admin_directory,
    admin_export,
    admin_people,
    approvals,
    cases,
    desk,
    meetings,
    mine,
    oidc,
    registers,
    sign_in,
)

router = APIRouter(include_in_schema=False)
working = (sign_in, oidc, approvals, desk, mine, meetings, registers, acts, cases)
administration = (admin_directory, admin_changes, admin_people, admin_accounts, admin_audit, admin_dead, admin_export)
for page in (*working, *administration):
    router.include_router(page.router)
