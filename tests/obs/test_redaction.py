import io
import json
import logging

import pytest
import structlog

from shared.obs.logs import configure
from shared.obs.redaction import masked, redacted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("打给 13800000001。", "打给 138****0001。"),
        ("+8613800000001", "+86138****0001"),
        ("/t/WA7FqfbvJJ0vCq9XQ8f1QyvmsgVhS-Vn/rate", "/t/***/rate"),
        ("+86 138 0000 0001", "+86 138****0001"),
        ("tel:13800000001", "tel:138****0001"),
        ("138-0000-0001", "138****0001"),
        ("020-87654321", "020-****4321"),
        ("('13800000001', '13900000002')", "('138****0001', '139****0002')"),
        ("01a200bd-6515-7a96-b307-138000000012", "01a200bd-6515-7a96-b307-138000000012"),
        ("sha 9f13800000001aa", "sha 9f13800000001aa"),
        ("TS20261122-0001", "TS20261122-0001"),
        ("2026-11-22T00:52:21.904481+00:00", "2026-11-22T00:52:21.904481+00:00"),
        ("Authorization: Bearer ab.cd-ef_g", "Authorization: Bearer ***"),
        ("amqp://ccrm:s3cret@mq:5672/", "amqp://ccrm:***@mq:5672/"),
    ],
)
def test_numbers_of_people_and_secrets_do_not_stand_in_full(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_what_is_named_a_secret_goes_at_any_depth() -> None:
    event = {"a": [{"password": "x", "phone": "13800000001"}], "token": "t", "n": 13800000001}
    assert redacted(event) == {"a": [{"password": "***", "phone": "138****0001"}], "token": "***", "n": 13800000001}


def test_every_line_is_json_and_exceptions_are_masked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    try:
        configure("INFO", room="sla")
        try:
            raise ValueError("customer 13800000001")
        except ValueError as error:
            structlog.get_logger("a").error("sla.timer_failed", case="c1", exc_info=error)
        logging.getLogger("elsewhere").warning("call %s", "13900000002")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        structlog.reset_defaults()
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["sla.timer_failed", "call 139****0002"]
    assert lines[0]["room"] == "sla"
    assert "138****0001" in lines[0]["exception"]
    assert "13800000001" not in written.getvalue()
