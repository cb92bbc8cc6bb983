"""The embedded application over a small world: the demo group, its people signed in, a clock that stands still."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI

from services.intake import repository
from services.intake.domain.keys import Way, derived
from shared.kernel.clock import ManualClock
from shared.run.embedded import Embedded

MORNING = datetime(2026, 3, 2, 1, 40, tzinfo=UTC)
"""Monday, 09:40 in Shanghai."""

PASSWORD = "right-horse-7"

COMPLAINT: dict[str, Any] = {
    "project": "jinbi-bay",
    "channel": "phone",
    "contact_ended_at": "2026-03-02T09:30:00+08:00",
    "category": "property_service",
    "customer": {"name": "张先生", "phone": "13800000001", "room": "3-2-1201"},
    "content": "卫生间渗水",
    "required_by": "2026-03-06T18:00:00+08:00",
}


@dataclass
class World:
    app: FastAPI
    running: Embedded
    clock: ManualClock

    def client(self, person: str | None = None, **headers: str) -> httpx.AsyncClient:
        """Somebody's browser or program; with a token where a person is given."""
        if person is not None:
            headers["Authorization"] = f"Bearer {self.token(person)}"
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=("10.0.0.7", 5000))
        return httpx.AsyncClient(transport=transport, base_url="http://ccrm.test", headers=headers)

    def token(self, person: str) -> str:
        signer = self.app.state.edge.signer
        assert signer is not None
        return str(signer.token(person, self.clock.now())[0])

    async def do(
        self,
        person: str,
        name: str,
        complaint: str | None = None,
        *,
        headers: dict[str, str] | None = None,
        **data: Any,
    ) -> httpx.Response:
        body = {"with": data} | ({"complaint": complaint} if complaint else {})
        async with self.client(person) as client:
            return await client.post(f"/api/v1/commands/{name}", json=body, headers=headers or {})

    async def cases(self) -> list[dict[str, Any]]:
        """What the group sees."""
        async with self.client("gao.feng") as client:
            return list((await client.get("/api/v1/complaints")).json()["items"])

    async def registered(self, **changes: Any) -> dict[str, Any]:
        response = await self.do("wang.min", "complaint.register", **(COMPLAINT | changes))
        assert response.status_code == 201, response.text
        return dict(response.json())

    async def key(self, case: dict[str, Any], way: Way = Way.own) -> str:
        """A key of the case's customer: his own is in the message to him, which no test reads."""
        complaint_id = UUID(str(case["complaint"]))
        async with self.app.state.rooms["intake"].db.read() as session:
            found = await repository.complaint(session, complaint_id)
        assert found is not None
        return found.tracking if way is Way.own else derived(found.tracking, complaint_id, way)

    async def issued(self, **changes: Any) -> str:
        case = str((await self.registered(**changes))["complaint"])
        for person, name, data in (
            ("wang.min", "order.submit", {}),
            ("sun.li", "order.review", {"decision": "approve"}),
            ("gao.feng", "order.issue", {"decision": "approve"}),
        ):
            response = await self.do(person, name, case, **data)
            assert response.status_code == 200, response.text
        return case


def refusal(response: httpx.Response) -> tuple[int, str, str | None]:
    """Status, code and field of a problem; the form is checked on the way."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    body = response.json()
    assert set(body) == {"type", "title", "status", "detail", "code", "field"}
    assert body["status"] == response.status_code
    assert body["type"] == f"urn:ccrm:problem:{body['code']}"
    assert body["title"]
    assert body["detail"]
    return response.status_code, body["code"], body["field"]
