"""One trace from the request to the gateway, through outbox and queue, on both buses."""

import asyncio
from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import pytest
import structlog
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.obs import correlation, tracing
from tests.faults.conftest import opened
from tests.kit.waiting import until
from tests.web.conftest import made_world, world
from tests.web.world import World

__all__ = ["made_world", "world"]


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    made = InMemorySpanExporter()
    tracing.start("", "test", exporter=made)
    yield made
    tracing.stop()


def ancestry(spans: dict[int, ReadableSpan], span: ReadableSpan) -> list[str]:
    """The names from the span up to the root. A parent that is missing would end it early."""
    names = [span.name]
    while span.parent is not None:
        span = spans[span.parent.span_id]
        names.append(span.name)
    return names


async def test_one_trace_leads_from_the_request_to_the_gateway(world: World, exporter: InMemorySpanExporter) -> None:
    case = str((await world.registered())["complaint"])
    for person, name in (("wang.min", "order.submit"), ("sun.li", "order.review"), ("gao.feng", "order.issue")):
        data = {} if name == "order.submit" else {"decision": "approve"}
        answer = await world.do(person, name, case, **data)
        assert answer.status_code == 200, answer.text
    await world.running.settled()
    spans = exporter.get_finished_spans()
    trace = UUID(answer.headers["X-Correlation-Id"])
    of_trace = {s.context.span_id: s for s in spans if s.context and s.context.trace_id == trace.int}
    sent = [span for span in of_trace.values() if span.name == "send sms"]
    assert sent
    assert ancestry(of_trace, sent[0])[1:] == [
        next(name for name in ancestry(of_trace, sent[0]) if name.startswith("owe ")),
        "take dispatch.order_issued.v1",
        "record dispatch.order_issued.v1",
        "POST /api/v1/commands/order.issue",
    ]


async def test_a_callers_trace_is_continued(world: World, exporter: InMemorySpanExporter) -> None:
    trace, caller = uuid4(), 0x00F067AA0BA902B7
    headers = {"traceparent": f"00-{trace.hex}-{caller:016x}-01"}
    async with world.client("wang.min") as client:
        answer = await client.get("/livez", headers=headers)
    assert answer.headers["X-Correlation-Id"] == str(trace)
    (span,) = [s for s in exporter.get_finished_spans() if s.name == "GET /livez"]
    assert span.parent is not None
    assert (span.context.trace_id, span.parent.span_id) == (trace.int, caller)


@pytest.mark.parametrize("header", ["", "00-0-0-00", f"00-{'0' * 32}-{'1' * 16}-01", "00-" + "g" * 32 + "-1-01"])
async def test_an_unsound_header_begins_a_trace_of_its_own(
    world: World, exporter: InMemorySpanExporter, header: str
) -> None:
    async with world.client() as client:
        answer = await client.get("/livez", headers={"traceparent": header})
    assert answer.status_code == 200
    (span,) = exporter.get_finished_spans()
    assert span.parent is None


async def test_through_rabbitmq_the_trace_goes_on(
    exporter: InMemorySpanExporter, rabbitmq_url: str, fresh_database: Callable[[], str], rabbit_prefix: str
) -> None:
    trace = uuid4()
    async with opened(rabbitmq_url, fresh_database(), rabbit_prefix) as ground:
        with correlation.correlated(trace), tracing.span("command", "server", trace):
            assert await ground.source.say(1)

        async def heard() -> bool:
            return all([await station.numbers_heard() == [1] for station in ground.listening])

        await until(heard)
        await asyncio.sleep(0.1)
    spans = {s.context.span_id: s for s in exporter.get_finished_spans() if s.context}
    taken = [span for span in spans.values() if span.name.startswith("take ")]
    assert {span.attributes["room"] for span in taken if span.attributes} == {"left", "right"}
    for span in taken:
        assert span.context.trace_id == trace.int
        assert ancestry(spans, span)[-2:] == ["record faults.counted.v1", "command"]


async def test_what_is_logged_carries_the_ids(world: World) -> None:
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        answer = await world.do("wang.min", "no.such.command")
    told = [line for line in lines if line["event"] == "http.answered"]
    assert told[0]["correlation_id"] == answer.headers["X-Correlation-Id"]
    assert told[0]["trace_id"] == UUID(answer.headers["X-Correlation-Id"]).hex


def test_off_it_costs_nothing_and_does_nothing() -> None:
    with tracing.span("x", "server", uuid4()) as span:
        assert span is None
    tracing.mark("x", "producer", uuid4(), uuid4())
    assert tracing.incoming(f"00-{uuid4().hex}-{'1' * 16}-01") is None
    assert correlation.current() is None


def test_a_header_for_strangers_is_a_sound_one() -> None:
    tracing.start("", "test", exporter=InMemorySpanExporter())
    try:
        case, event = uuid4(), uuid4()
        found = tracing.incoming(correlation.traceparent(case, event))
    finally:
        tracing.stop()
    assert found is not None
    assert (found[0], correlation.span_id(found[1])) == (case, correlation.span_id(event))
