"""Dispatch's audit log."""

from sqlalchemy import select

from services.dispatch.tables import COMPLAINT
from services.dispatch.usecases.confiding import secrets_from
from shared.web.audit_page import PATH, Trail, audit_page

router = audit_page(
    Trail(
        "dispatch",
        PATH,
        secrets_from,
        acts=(
            "paper.print", "cases.export", "audit.export", "directory.preview", "directory.import", "directory.export",
            "account.open", "account.reset", "account.disable", "account.enable", "account.sign_out",
            "password.change", "session.end", "letter.replay",
        ),
        cases=select(COMPLAINT.c.complaint_id, COMPLAINT.c.number),
    )
)  # fmt: skip
