"""What is set wrongly is refused at the start, in one sentence that names the setting and no secret."""

from pathlib import Path
from typing import Any

import pytest

from services.notify.gateways.settings import opened, settings_of_environment
from shared.kernel.clock import SystemClock
from shared.run.settings import BadSettings

MAPPING = 'sign = "金碧"\n[templates."order.issued"]\ncode = "SMS_1"\n'


def open_with(**given: Any) -> Any:
    return opened(settings_of_environment(**given), SystemClock())


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    file = tmp_path / "templates.toml"
    file.write_text(MAPPING, encoding="utf-8")
    return file


def test_nothing_set_is_the_outbox() -> None:
    gateways, delivery = open_with()
    assert (list(gateways), list(delivery.fallbacks)) == (["outbox"], ["outbox"])
    assert (delivery.quiet, delivery.receipt_token) == (None, None)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"sms_gateway": "pigeon"}, "CCRM_SMS_GATEWAY"),
        ({"sms_gateway": "aliyun"}, "CCRM_ALIYUN_KEY_ID is not set"),
        ({"sms_gateway": "aliyun", "aliyun_key_id": "k"}, "CCRM_ALIYUN_KEY_SECRET is not set"),
        ({"sms_gateway": "tencent", "tencent_secret_id": "k", "tencent_secret_key": "s"}, "CCRM_TENCENT_APP_ID"),
        ({"sms_gateway": "http"}, "CCRM_SMS_HTTP is not set"),
        ({"aliyun_url": "dysmsapi.aliyuncs.com"}, "CCRM_ALIYUN_URL"),
        ({"wecom_corp_id": "c"}, "CCRM_WECOM_SECRET is not set"),
        ({"wecom_corp_id": "c", "wecom_secret": "s"}, "CCRM_WECOM_AGENT_ID is not set"),
        ({"dingtalk_robot_url": "https://x/robot"}, "CCRM_DINGTALK_ROBOT_SECRET"),
        ({"mail_host": "h"}, "CCRM_MAIL_FROM is not set"),
        ({"mail_host": "h", "mail_from": "a@b", "mail_username": "u"}, "CCRM_MAIL_PASSWORD is not set"),
        ({"channels": "fax"}, "CCRM_CHANNELS: 'fax' is none of"),
        ({"channels": "email,outbox"}, r"CCRM_CHANNELS names email, .*CCRM_MAIL_…"),
        ({"channels": "outbox,outbox"}, "twice"),
        ({"quiet": "late"}, "CCRM_QUIET"),
        ({"sms_receipt_token": "short"}, "CCRM_SMS_RECEIPT_TOKEN"),
        ({"sms_per_day": 0}, "CCRM_SMS_PER_DAY"),
        ({"aliyun_key_secret_file": "/no/such/file", "sms_gateway": "aliyun", "aliyun_key_id": "k"}, "cannot be read"),
    ],
)
def test_what_is_wrong_is_named(given: dict[str, Any], why: str, mapping: Path) -> None:
    with pytest.raises(BadSettings, match=why) as caught:
        open_with(**{"sms_templates": mapping, **given})
    assert "\n" not in str(caught.value)


def test_a_gateway_of_templates_needs_to_know_them(tmp_path: Path) -> None:
    keys = {"sms_gateway": "aliyun", "aliyun_key_id": "k", "aliyun_key_secret": "s"}
    with pytest.raises(BadSettings, match="CCRM_SMS_TEMPLATES is not set"):
        open_with(**keys)
    file = tmp_path / "bad.toml"
    file.write_text("x = 1", encoding="utf-8")
    with pytest.raises(BadSettings, match=r"CCRM_SMS_TEMPLATES: .*unknown key x"):
        open_with(**keys, sms_templates=file)


def test_a_secret_may_stand_in_a_file(tmp_path: Path, mapping: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(" the-secret \n", encoding="utf-8")
    settings = settings_of_environment(
        sms_gateway="aliyun", aliyun_key_id="k", aliyun_key_secret_file=file, sms_templates=mapping
    )
    assert settings.secret("aliyun_key_secret") == "the-secret"
    gateways, delivery = opened(settings, SystemClock())
    assert (gateways["sms"].name, delivery.needs_template) == ("aliyun", {"sms"})


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CCRM_QUIET", "22:00-07:00")
    monkeypatch.setenv("CCRM_ALIYUN_KEY_ID", "")
    settings = settings_of_environment()
    assert (settings.quiet, settings.aliyun_key_id) == ("22:00-07:00", None)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('method = "POST"', "url is missing"),
        ('url = "https://x"\n[json]\na = "{phone}"\n[form]\nb = "1"', "json or form"),
        ('url = "https://x/{fone}"', "{fone} is none of"),
        ('url = "https://x"\nsuccess = "ok"', "PATH=VALUE"),
        ('url = "https://x"\ntimeout = 3', "unknown key timeout"),
        ('url = "https://x"\ndeduplicates = "yes"', "deduplicates is true or false"),
        ('url = "https://x/{phone}"\ndeduplicates = true', "deduplicates needs {id}"),
        ('url = "https://x"\n[headers]\nA = "{secret}"', "CCRM_SMS_HTTP_SECRET is not set"),
    ],
)
def test_a_form_that_cannot_be_used_says_why(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "form.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadSettings, match=why.replace("{", r"\{").replace("}", r"\}")):
        open_with(sms_gateway="http", sms_http=file)


@pytest.mark.parametrize(("text", "promised"), [("", False), ("deduplicates = true\n", True)])
def test_what_a_provider_promises_is_taken_from_its_form(tmp_path: Path, text: str, promised: bool) -> None:
    file = tmp_path / "form.toml"
    file.write_text(f'url = "https://x"\n{text}[json]\nuid = "{{id}}"', encoding="utf-8")
    gateways, _ = open_with(sms_gateway="http", sms_http=file)
    assert gateways["sms"].deduplicates is promised
