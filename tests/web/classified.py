"""Every route of the system, and who may come in by it. A route that stands in none of these lists fails the test."""

import re
from collections.abc import Iterator

from fastapi import APIRouter
from fastapi.routing import APIRoute

from shared.org.model import Post
from shared.web.console import DEPARTMENT, GROUP, MANAGERS, OFFICER, allowed
from tests.web.secrets_world import Secret

Route = str
"""As `GET /cases/{complaint_id}`."""

COMMAND = "POST /api/v1/commands/"
AUDITED = MANAGERS | {Post.auditor}
WITH_POST = OFFICER | DEPARTMENT | GROUP


def _lines(text: str) -> frozenset[Route]:
    return frozenset(line.strip() for line in text.strip().splitlines())


PUBLIC = _lines("""
    GET /report
    GET /report/fields
    GET /verify
    GET /verify/{code}
    GET /language/{code}
    GET /login
    POST /login
    POST /api/v1/login
    GET /login/oidc
    GET /login/oidc/callback
    GET /login/back
    POST /logout
    POST /api/v1/receipts/{gateway}/{token}
    GET /livez
    GET /readyz
    GET /metrics
    GET /docs
    GET /docs/start.js
    GET /docs/{name}
    GET /openapi.json
    GET /asyncapi.json
    GET /asyncapi.yaml
    POST /api/v1/commands/{name:path}
""")
"""Open to everybody: nothing of any case is behind them, or a secret of their own is asked for."""

KEYED = _lines("""
    GET /t/{tracking}
    GET /t/{tracking}/rate
    GET /t/{tracking}/qr.svg
    GET /t/{tracking}/rate.svg
    GET /t/{tracking}/files/{attachment_id}
""")
"""The customer's key is in the address."""

BY_CASE = _lines("""
    GET /api/v1/parts/intake/complaints/{complaint_id}
    GET /api/v1/parts/dispatch/complaints/{complaint_id}
    GET /api/v1/parts/sla/complaints/{complaint_id}
    GET /api/v1/complaints/{complaint_id}
    GET /api/v1/attachments
    POST /api/v1/attachments
    GET /api/v1/attachments/signatures/{complaint_id}
    GET /api/v1/attachments/{attachment_id}
    GET /api/v1/attachments/{attachment_id}/thumbnail
    GET /api/v1/acts/{act_id}/signature
    GET /intake/registered/{complaint_id}
    GET /intake/cards/{complaint_id}
    GET /intake/cards/{complaint_id}/linkable
    GET /orders/{complaint_id}/order.pdf
    GET /orders/{complaint_id}/forms
    GET /orders/{complaint_id}/forms/{form}.{kind}
    GET /orders/{complaint_id}/work
    GET /orders/{complaint_id}/acts/{command}
    GET /orders/{complaint_id}/preview
    GET /orders/cards/{complaint_id}/audit
    GET /cases/{complaint_id}
    GET /ledger/cards/{complaint_id}
    GET /messages/cards/{complaint_id}
""")
"""Of one case: whoever may not see it is refused, and learns nothing."""

SIGNED_IN = _lines("""
    GET /
    GET /account
    POST /session/renew
    GET /api/v1/me
    GET /api/v1/sessions
    POST /api/v1/sessions/{session_id}/end
    POST /api/v1/logout
    POST /api/v1/password
    GET /api/v1/parts/intake/earlier
    GET /api/v1/parts/notify/complaints/{complaint_id}
    GET /api/v1/recurrences
    POST /api/v1/recurrences/{recurrence_id}/dismiss
    GET /api/v1/referrals
    GET /api/v1/channels
    GET /api/v1/complaints
    GET /api/v1/tasks
    GET /api/v1/absences
    POST /api/v1/absences
    POST /api/v1/directory/hand-overs
    GET /api/v1/rotations
    GET /api/v1/due
    GET /api/v1/penalties
    GET /api/v1/calendar
    GET /api/v1/calendar/status
    GET /api/v1/statements
    GET /api/v1/statements/{month}
    GET /api/v1/statements/{month}.csv
    GET /api/v1/statements/{month}.xlsx
    GET /api/v1/statements/{month}.pdf
    GET /api/v1/proposals
    GET /api/v1/rankings
    GET /api/v1/reports
    GET /api/v1/reports/{report_id}
    GET /api/v1/reports/{report_id}.csv
    GET /api/v1/reports/{report_id}.xlsx
    GET /api/v1/messages
    POST /api/v1/bonus-bases
    POST /api/v1/proposals/{proposal_id}/decide
    GET /intake/hand-in
    GET /intake/fields
    GET /orders/registers/{policy}/{form}.{kind}
    GET /admin/absences
    GET /admin/absences/enter
    GET /ledger/calls
    GET /ledger/mine
    GET /ledger/people
    GET /ledger/statements
    GET /ledger/statements/{month}
    GET /ledger/reports/{report_id}
    GET /ledger/policies
    GET /ledger/policies/compare
    GET /ledger/policies/{policy_id}
    GET /messages/
""")
"""For everybody who is signed in, each within his own scope."""

BY_POST: dict[frozenset[Post], frozenset[Route]] = {}
for _menu, _paths in {
    "/intake/new": ["/intake/new", "/intake/earlier"],
    "/orders/desk": ["/orders/desk"],
    "/orders/mine": ["/orders/mine"],
    "/orders/approvals": ["/orders/approvals"],
    "/orders/meetings": ["/orders/meetings", "/intake/referrals"],
    "/orders/registers": ["/orders/registers", "/intake/channels", "/intake/recurrences", "/admin/rotations"],
    "/intake/ratings": ["/intake/ratings"],
    "/cases": [
        "/cases", "/admin/export", "/ledger/reports", "/ledger/dashboard", "/ledger/dashboard/cases",
        "/api/v1/lists/{which}", "/api/v1/kpi", "/api/v1/kpi/cases", "/api/v1/working-groups", "/api/v1/registers",
    ],
    "/ledger/overdue": [
        "/ledger/overdue", "/ledger/overdue/slow", "/ledger/overdue/groups", "/ledger/overdue/urged",
        "/ledger/proposals", "/ledger/penalties", "/ledger/penalties/running", "/ledger/penalties/people",
        "/ledger/penalties/appeals", "/ledger/registers",
    ],
    "/ledger/findings": [
        "/ledger/findings", "/ledger/findings/refusals", "/ledger/statements/bases", "/ledger/calendar",
        "/ledger/calendar/{year}.csv", "/ledger/policies/try", "/ledger/policies/try/{trial_id}",
        "/admin/directory", "/admin/directory/people", "/admin/directory/places",
    ],
    "/admin/audit": ["/admin/audit", "/intake/audit", "/ledger/audit", "/messages/audit"],
    "/admin/dead": [
        "/admin/dead", "/intake/dead", "/ledger/dead", "/messages/dead", "/admin/dead/{letter_id}",
        "/intake/dead/{letter_id}", "/ledger/dead/{letter_id}", "/messages/dead/{letter_id}",
        "/admin/accounts", "/admin/accounts/one", "/admin/directory/hand-over", "/admin/directory/import",
        "/api/v1/accounts", "/api/v1/directory/export",
    ],
}.items():  # fmt: skip
    _posts = allowed(_menu)
    BY_POST[_posts] = BY_POST.get(_posts, frozenset()) | {f"GET {path}" for path in _paths}
BY_POST[GROUP] |= {"POST /ledger/calendar/preview", "POST /ledger/policies/try"}
BY_POST[MANAGERS] |= {
    "POST /admin/directory/import", "POST /api/v1/directory/import", "POST /api/v1/directory/preview",
    "POST /api/v1/accounts", "POST /api/v1/accounts/{login}/{act}",
    *(f"POST {room}/dead/{{letter_id}}/replay" for room in ("/admin", "/intake", "/ledger", "/messages")),
}  # fmt: skip

_AT = "2026-03-09T10:00:00+08:00"
NOBODYS = "01a2010c-b261-71c6-9e3f-0123456789ab"
_LINE = {"rule": "order.issue.late", "person": "sun.li"}

OF_A_CASE: dict[str, dict[str, object]] = {
    "complaint.classify": {"severity": "major", "reason": "x"},
    "complaint.correct": {"content": "改", "reason": "x"},
    "complaint.guard": {"extreme": True},
    "complaint.link": {"to": NOBODYS, "relation": "repeat"},
    "complaint.rate_window": {"stars": 1},
    "complaint.sign": {"signature": "冒名"},
    "claim.decide": {"decision": "reject"},
    "claim.file": {},
    "claim.raise": {"amount": 1},
    "claim.report": {},
    "closure.apply": {"signature": "冒名"},
    "closure.approve": {"decision": "approve"},
    "closure.close": {"ground": "signed", "signature": "冒名"},
    "closure.review": {"decision": "approve"},
    "closure.verify": {"decision": "approve"},
    "complaint.reply": {"text": "x"},
    "complaint.transfer": {"department": "engineering"},
    "cooperation.ask": {"department": "engineering", "text": "x"},
    "cooperation.done": {},
    "cooperation.refuse": {"reason": "x"},
    "cooperation.report": {"department": "engineering", "reason": "x"},
    "customer.call": {"purpose": "callback", "satisfaction": 5},
    "extension.grant": {"until": _AT},
    "meeting.hold": {},
    "meeting.minutes": {"note": "x"},
    "order.dispatch": {"department": "engineering"},
    "order.issue": {"decision": "approve"},
    "order.review": {"decision": "approve"},
    "order.submit": {},
    "plan.enter": {"plan": "x", "agreed_completion_at": _AT},
    "progress.enter": {"text": "x"},
    "visit.material": {},
    "visit.record": {"outcome": "refused"},
    "finding.record": {"kind": "attitude", "person": "wu.gang"},
    "penalty.appeal": {"entry": _LINE, "reason": "x"},
    "penalty.waive": {"entry": _LINE, "reason": "x"},
    "penalty.uphold": {"entry": _LINE, "reason": "x"},
    "proposal.decide": {"rule": "x", "person": "wu.gang", "decision": "impose"},
    "working_group.end": {"result": "x"},
    "working_group.form": {"reason": "x", "members": ["zhou.tao"]},
}
"""Commands on a case, with data that only the right of whoever sends them can stop."""

OF_NO_CASE: dict[str, dict[str, object]] = {
    "complaint.register": {
        "project": "jinbi-bay", "channel": "phone", "category": "property_service", "content": "x",
        "customer": {"name": "某", "phone": "13500000001", "room": "1"}, "required_by": _AT,
    },
    "channel.enter": {"project": "jinbi-bay", "kind": "hotline", "address": "020-12345678"},
    "channel.check": {"channel": NOBODYS, "found": "correct"},
    "channel.end": {"channel": NOBODYS},
    "absence.enter": {"person": "wu.gang", "from": _AT, "delegate": "lu.ren"},
    "directory.hand_over": {
        "post": "service_officer", "scope": "jinbi-bay", "person": "wang.min", "to": "lu.ren", "from": _AT,
    },
    "bonus.set": {"bases": [{"person": "wu.gang", "month": "2026-03", "yuan": 1}]},
    "calendar.load": {"text": "date,day\n2026-12-31,off\n", "scope": "group"},
    "register.enter": {"kind": "training", "period": "2026-03", "text": "x"},
    "register.answer": {"entry": NOBODYS, "text": "x"},
    "register.done": {"entry": NOBODYS, "item": 1},
}  # fmt: skip
"""Commands on something else, as somebody without a post may not give them."""

OPEN_TO_EMPLOYEES = frozenset({"complaint.register"})
"""Any employee hands in what a customer told him (003)."""

ALL = [
    PUBLIC, KEYED, BY_CASE, SIGNED_IN, *BY_POST.values(),
    frozenset(f"{COMMAND}{name}" for name in (*OF_A_CASE, *OF_NO_CASE)),
]  # fmt: skip


def routes(router: APIRouter) -> Iterator[Route]:
    """What the application answers, the routers in it walked through; files under /static/ aside."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield from (f"{method} {route.path}" for method in sorted(route.methods - {"HEAD"}))
        elif isinstance(inner := getattr(route, "original_router", None), APIRouter):
            yield from routes(inner)


def posts_for_route(route: Route) -> frozenset[Post] | None:
    return next((posts for posts, found in BY_POST.items() if route in found), None)


def address_of(route: str, secret: Secret, **given: str) -> str:
    """The path with the case's own ids in it."""
    ids = {
        "complaint_id": secret.complaint, "attachment_id": secret.ids.get("attachment", secret.complaint),
        "act_id": secret.ids.get("act", secret.complaint), "tracking": "x" * 32, "command": "progress.enter",
        "form": "supervision_order", "kind": "xlsx" if "/registers/" in route else "pdf", "policy": "group-after-sales",
        "which": "overdue", "month": "2026-03", "year": "2026", "code": "7K3M-Q9XT-2BHW-5A8R", "name": "start.js",
        "policy_id": "group-after-sales", "login": "wu.gang", "act": "reset", "gateway": "aliyun", "token": "x" * 32,
        "name:path": "no.such", **given,
    }  # fmt: skip
    return re.sub(r"\{([\w:]+)\}", lambda found: ids.get(found[1], NOBODYS), route.partition(" ")[2])
