"""Where the HTTP edge counts who asks: what is open to everybody by its address, what people change by the person."""

from fastapi import Request

from shared.web.edge import edge_of
from shared.web.errors import HttpProblem
from shared.web.peers import IN_PROCESS
from shared.web.phrases import phrase
from shared.web.rates import network

_OPEN = ("/report", "/t/", "/verify", "/login", "/api/v1/login")
"""What works without an account. Tracking keys in a header are counted where they are looked up."""

_COUNTED = "ccrm.counted"


def is_open(path: str) -> bool:
    return path.startswith(_OPEN)


def refuse_crowding(request: Request, *, person: str | None = None) -> None:
    """Raises a 429 problem. It counts once for its person and once for its address, however often asked."""
    counted: set[bool] = request.scope.setdefault(_COUNTED, set())
    address = request.client.host if request.client else "?"
    if (person is None) in counted or address == IN_PROCESS:
        return
    counted.add(person is None)
    rates = edge_of(request).rates
    wait = rates.public.take(network(address)) if person is None else rates.person.take(person)
    if wait is not None:
        detail = phrase("请求过于频繁，请 %(n)s 秒后再试", n=wait)
        raise HttpProblem(429, "too_many_requests", detail, headers={"Retry-After": str(wait)})
