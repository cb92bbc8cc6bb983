"""`ccrm sms check`: which messages have no template of the provider yet."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.__main__ import app
from services.notify.domain.wording import read_mapping
from services.notify.usecases.mapped import unmapped
from shared.policy.library import built_in


def test_the_outbox_needs_no_templates() -> None:
    answer = CliRunner().invoke(app, ["sms", "check"])
    assert (answer.exit_code, "outbox" in answer.output) == (0, True)


def test_every_message_without_a_template_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "templates.toml"
    file.write_text('sign = "金碧"\n[templates."order.issued"]\ncode = "SMS_1"\n', encoding="utf-8")
    given = {"GATEWAY": "aliyun", "TEMPLATES": str(file)}
    for name, value in {f"CCRM_SMS_{key}": value for key, value in given.items()}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CCRM_ALIYUN_KEY_ID", "key")
    monkeypatch.setenv("CCRM_ALIYUN_KEY_SECRET", "nobody-reads-this")
    answer = CliRunner().invoke(app, ["sms", "check"])
    assert answer.exit_code == 1
    assert "未映射：reminder.daily\n" in answer.output
    assert "未映射：order.issued\n" not in answer.output
    assert "nobody-reads-this" not in answer.output


def test_a_full_mapping_lacks_nothing() -> None:
    missing = unmapped(read_mapping('sign = "x"\n[templates."a"]\ncode = "1"'), built_in())
    assert {"order.issued", "reminder.daily", "customer.registered", "obstacle.manager"} <= set(missing)
    entries = "".join(f'[templates."{name}"]\ncode = "1"\n' for name in missing)
    assert unmapped(read_mapping('sign = "x"\n' + entries), built_in()) == []
