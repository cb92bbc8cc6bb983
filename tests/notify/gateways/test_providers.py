"""Each provider's own words: signatures that others work out alike, and what every answer means."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from alibabacloud_openapi_util.client import Client as AlibabaUtil
from Tea.request import TeaRequest
from tencentcloud.common import credential
from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

from services.notify.domain.message import Asked, Message, Receipt, Status
from services.notify.domain.wording import Wording
from services.notify.gateways import aliyun as aliyun_module
from services.notify.gateways.aliyun import AliyunGateway
from services.notify.gateways.dingtalk import DingTalkGateway, DingTalkRobot, sign_of
from services.notify.gateways.generic import HttpForm, HttpGateway
from services.notify.gateways.http_call import Caller, Lost
from services.notify.gateways.port import GatewayAway
from services.notify.gateways.tencent import TencentGateway
from services.notify.gateways.wecom import WeComGateway
from shared.kernel.clock import ManualClock
from shared.kernel.errors import Transient
from tests.notify.gateways.fakes import KEY, KEY_ID, FakeAliyun, FakeTalk, FakeTencent, listening

NOW = datetime(2026, 3, 2, 1, 40, tzinfo=UTC)
ID = UUID("019c0000-0000-7000-8000-000000000001")
WORDING = Wording("SMS_1", "金碧集团", {"numbers": "TS20260302-0001、TS20260302-0002等5件", "name": "吴 刚*~"})


def message(**changed: Any) -> Message:
    given = {
        "id": ID, "key": "k", "channel": "sms", "template": "reminder.daily", "recipient": "wu.gang",
        "address": "+8613800000005", "text": "您有5件未完成投诉", "name": "吴刚", "wording": WORDING, **changed,
    }  # fmt: skip
    return Message(**given)


def caller(seconds: float = 3.0) -> Caller:
    return Caller(seconds=seconds, most=10)


def over_aliyun(fake: FakeAliyun, secret: str = KEY, seconds: float = 3.0) -> AliyunGateway:
    return AliyunGateway(
        caller(seconds),
        ManualClock(NOW),
        key_id=KEY_ID,
        key_secret=secret,
        base_url=fake.url,
        absence_after=timedelta(minutes=10),
    )


def over_tencent(fake: FakeTencent, secret: str = KEY) -> TencentGateway:
    return TencentGateway(
        caller(),
        ManualClock(NOW),
        key_id=KEY_ID,
        key_secret=secret,
        app_id="1400006666",
        region="ap-guangzhou",
        base_url=fake.url,
    )


# ---- Aliyun


def test_alibabas_own_library_signs_alike() -> None:
    query = {"PhoneNumbers": "13800000005", "SignName": "金碧 集团", "TemplateParam": '{"a":"*~!/"}', "OutId": str(ID)}
    _, headers = aliyun_module.signed(
        query, "SendSms", host="dysmsapi.aliyuncs.com", path="/", key_id=KEY_ID, key_secret=KEY, now=NOW, nonce="n"
    )
    request = TeaRequest()
    request.method, request.pathname, request.query = "POST", "/", query
    request.headers = {name: value for name, value in headers.items() if name != "authorization"}
    payload = headers["x-acs-content-sha256"]
    theirs = AlibabaUtil.get_authorization(request, "ACS3-HMAC-SHA256", payload, KEY_ID, KEY)
    assert headers["authorization"] == theirs


async def test_aliyun_takes_a_template_with_its_variables_and_our_id(aliyun: FakeAliyun) -> None:
    gateway = over_aliyun(aliyun)
    assert await gateway.send(message()) == Receipt(Status.sent, "biz-1")
    (taken,) = aliyun.taken
    assert (taken["PhoneNumbers"], taken["SignName"], taken["TemplateCode"]) == ("13800000005", "金碧集团", "SMS_1")
    assert (json.loads(taken["TemplateParam"]), taken["OutId"]) == (dict(WORDING.variables), str(ID))
    await gateway.close()


async def test_a_wrong_key_sends_nothing_and_blames_the_gateway(aliyun: FakeAliyun, tencent: FakeTencent) -> None:
    for gateway in (over_aliyun(aliyun, "wrong"), over_tencent(tencent, "wrong")):
        with pytest.raises(GatewayAway, match="Signature"):
            await gateway.send(message())
        await gateway.close()
    assert (aliyun.taken, aliyun.wrong, tencent.taken, tencent.wrong) == ([], 1, [], 1)


@pytest.mark.parametrize(
    ("code", "words", "means"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1", Transient),
        ("isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5", Transient),
        ("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10", Status.failed),
        ("isv.MOBILE_NUMBER_ILLEGAL", "号码", Status.failed),
        ("Throttling.User", "QPS", GatewayAway),
        ("isp.SYSTEM_ERROR", "系统", GatewayAway),
        ("InvalidAccessKeyId.NotFound", "key", GatewayAway),
    ],
)
async def test_what_aliyuns_refusals_mean(aliyun: FakeAliyun, code: str, words: str, means: Any) -> None:
    aliyun.steps = [{"Code": code, "Message": words}]
    gateway = over_aliyun(aliyun)
    if isinstance(means, Status):
        assert (await gateway.send(message())).status is means
    else:
        with pytest.raises(Transient) as caught:
            await gateway.send(message())
        assert type(caught.value) is means
    await gateway.close()


@pytest.mark.parametrize(
    ("step", "means"), [(429, GatewayAway), (503, GatewayAway), (500, Lost), (502, Lost), ("drop", Lost)]
)
async def test_only_what_was_certainly_not_taken_may_be_tried_again(aliyun: FakeAliyun, step: Any, means: Any) -> None:
    aliyun.steps = [step]
    gateway = over_aliyun(aliyun)
    with pytest.raises(means):
        await gateway.send(message())
    await gateway.close()


async def test_a_slow_answer_is_a_lost_one_and_nobody_there_is_away(aliyun: FakeAliyun) -> None:
    gateway = over_aliyun(aliyun, seconds=0.2)
    aliyun.pause = 1.0
    with pytest.raises(Lost):
        await gateway.send(message())
    await gateway.close()
    aliyun.url = "http://127.0.0.1:9"
    nobody = over_aliyun(aliyun)
    with pytest.raises(GatewayAway):
        await nobody.send(message())
    await nobody.close()


@pytest.mark.parametrize(("state", "status"), [(1, Status.sent), (2, Status.failed), (3, Status.delivered)])
async def test_aliyun_says_afterwards_what_became_of_it(aliyun: FakeAliyun, state: int, status: Status) -> None:
    gateway = over_aliyun(aliyun)
    asked = Asked(ID, "+8613800000005", None, NOW)
    assert await gateway.receipt_of(asked) is None
    await gateway.send(message())
    aliyun.states[str(ID)] = state
    found = await gateway.receipt_of(asked)
    assert found is not None
    assert found.status is status
    await gateway.close()


# ---- Tencent


async def test_tencents_own_library_and_ours_are_taken_by_the_same_server(tencent: FakeTencent) -> None:
    gateway = over_tencent(tencent)
    assert await gateway.send(message()) == Receipt(Status.sent, "5000:1")
    (taken,) = tencent.taken
    assert taken["TemplateParamSet"] == list(WORDING.variables.values())
    assert (taken["PhoneNumberSet"], taken["SessionContext"]) == (["+8613800000005"], str(ID))
    await gateway.close()

    def theirs(secret: str) -> Any:
        place = HttpProfile(protocol="http", endpoint=tencent.url.removeprefix("http://"), reqTimeout=5)
        client = CommonClient(
            "sms", "2021-01-11", credential.Credential(KEY_ID, secret), "ap-guangzhou", ClientProfile(httpProfile=place)
        )
        return client.call_json("SendSms", {"PhoneNumberSet": ["+8613800000005"]})

    assert (await asyncio.to_thread(theirs, KEY))["Response"]["SendStatusSet"][0]["SerialNo"] == "5000:2"
    refused = (await asyncio.to_thread(theirs, "wrong"))["Response"]["Error"]["Code"]
    assert refused == "AuthFailure.SignatureFailure"


@pytest.mark.parametrize(
    ("code", "means"),
    [
        ("LimitExceeded.PhoneNumberThirtySecondLimit", Transient),
        ("LimitExceeded.PhoneNumberDailyLimit", Status.failed),
        ("FailedOperation.TemplateIncorrectOrUnapproved", Status.failed),
        ("RequestLimitExceeded", GatewayAway),
        ("InternalError.Timeout", Lost),
    ],
)
async def test_what_tencents_refusals_mean(tencent: FakeTencent, code: str, means: Any) -> None:
    tencent.steps = [{"Response": {"SendStatusSet": [{"Code": code, "Message": "x", "SerialNo": ""}]}}]
    gateway = over_tencent(tencent)
    if isinstance(means, Status):
        assert (await gateway.send(message())).status is means
    else:
        with pytest.raises(means) as caught:
            await gateway.send(message())
        assert type(caught.value) is means
    await gateway.close()


async def test_tencent_finds_a_message_by_our_id_when_its_own_number_was_lost(tencent: FakeTencent) -> None:
    gateway = over_tencent(tencent)
    asked = Asked(ID, "+8613800000005", None, NOW)
    assert await gateway.receipt_of(asked) is None
    tencent.reports = [
        {"PhoneNumber": "+8613800000005", "SerialNo": "5000:7", "SessionContext": "other", "ReportStatus": "FAIL"},
        {"PhoneNumber": "+8613800000005", "SerialNo": "5000:8", "SessionContext": str(ID), "ReportStatus": "SUCCESS"},
    ]
    assert await gateway.receipt_of(asked) == Receipt(Status.delivered, "5000:8")
    assert gateway.absence_after is None
    await gateway.close()


# ---- any provider over HTTP


class FakeHttp(FakeTalk):
    pass


async def test_a_provider_of_templates_gets_what_its_form_says() -> None:
    heard: list[Any] = []

    def respond(path: str, query: dict[str, str], body: Any) -> dict[str, Any]:
        heard.append((path, query, body))
        return {"data": {"status": "ok", "ids": ["m-1"]}}

    async with listening(FakeHttp(respond)) as fake:
        form = HttpForm(
            url=fake.url + "/v1/{mainland}?k={secret}",
            headers={"X-Key": "{secret}"},
            body={"to": ["{phone}"], "text": "{text}", "raw": "{{x}}", "n": 1},
            success="data.status=ok",
            reference="data.ids.0",
        )
        gateway = HttpGateway(caller(), form, "s&s")
        receipt = await gateway.send(message(text='引号"与\n换行'))
        assert receipt == Receipt(Status.sent, "m-1")
        body = {"to": ["+8613800000005"], "text": '引号"与\n换行', "raw": "{x}", "n": 1}
        assert heard == [("/v1/13800000005", {"k": "s&s"}, body)]
        fake.steps = [{"data": {"status": "blocked"}}]
        assert await gateway.send(message()) == Receipt(Status.failed, detail="data.status=blocked")
        await gateway.close()


# ---- WeCom and DingTalk


def wecom_says(ended: list[str]) -> Any:
    def respond(path: str, query: dict[str, str], body: Any) -> dict[str, Any]:
        match path.removeprefix("/cgi-bin/"):
            case "gettoken":
                good = query == {"corpid": "corp", "corpsecret": "secret"}
                return (
                    {"errcode": 0, "access_token": f"t{len(ended)}", "expires_in": 7200} if good else {"errcode": 40001}
                )
            case _ if query["access_token"] in ended:
                return {"errcode": 42001}
            case "user/getuserid":
                known = body["mobile"] == "13800000005"
                return {"errcode": 0, "userid": "WuGang"} if known else {"errcode": 60111}
            case _:
                assert (body["touser"], body["agentid"], body["enable_duplicate_check"]) == ("WuGang", 7, 1)
                return {"errcode": 0, "msgid": f"w-{body['text']['content'][:2]}"}

    return respond


async def test_wecom_finds_the_member_by_mobile_and_renews_its_token() -> None:
    ended: list[str] = []
    async with listening(FakeTalk(wecom_says(ended))) as fake:
        gateway = WeComGateway(
            caller(), ManualClock(NOW), corp_id="corp", secret="secret", agent_id=7, base_url=fake.url
        )
        assert await gateway.send(message()) == Receipt(Status.sent, "w-您有")
        ended.append("t0")
        assert (await gateway.send(message())).status is Status.sent
        assert [call.rpartition("/")[2] for call in fake.calls] == [
            "gettoken", "getuserid", "send", "send", "gettoken", "send",
        ]  # fmt: skip
        assert (await gateway.send(message(address="+8613900000000"))).status is Status.failed
        fake.steps = [{"errcode": 45009}]
        with pytest.raises(GatewayAway):
            await gateway.send(message())
        await gateway.close()


async def test_dingtalk_finds_the_member_by_mobile() -> None:
    def respond(path: str, query: dict[str, str], body: Any) -> dict[str, Any]:
        if path == "/gettoken":
            return {"errcode": 0, "access_token": "t", "expires_in": 7200}
        assert query == {"access_token": "t"}
        if path == "/topapi/v2/user/getbymobile":
            known = body == {"mobile": "13800000005"}
            return {"errcode": 0, "result": {"userid": "u5"}} if known else {"errcode": 60121}
        assert (body["agent_id"], body["userid_list"]) == (7, "u5")
        return {"errcode": 0, "task_id": 256271667526}

    async with listening(FakeTalk(respond)) as fake:
        gateway = DingTalkGateway(
            caller(), ManualClock(NOW), app_key="k", app_secret="s", agent_id=7, base_url=fake.url
        )
        assert await gateway.send(message()) == Receipt(Status.sent, "256271667526")
        assert (await gateway.send(message(address="+8613900000000"))).status is Status.failed
        await gateway.close()


async def test_a_group_hears_that_somebody_is_called_but_nothing_of_the_case() -> None:
    said: list[Any] = []

    def respond(path: str, query: dict[str, str], body: Any) -> dict[str, Any]:
        said.append(body)
        right = query["sign"] == sign_of(int(query["timestamp"]), "SEC1") and query["access_token"] == "a"
        return {"errcode": 0} if right else {"errcode": 310000}

    async with listening(FakeTalk(respond)) as fake:
        url = f"{fake.url}/robot/send?access_token=a"
        robot = DingTalkRobot(caller(), ManualClock(NOW), url=url, secret="SEC1")
        assert (await robot.send(message())).status is Status.sent
        assert said[0]["at"]["atMobiles"] == ["13800000005"]
        assert "5件" not in said[0]["text"]["content"]
        wrong = DingTalkRobot(caller(), ManualClock(NOW), url=url, secret="SEC2")
        with pytest.raises(GatewayAway):
            await wrong.send(message())
        await robot.close(), await wrong.close()


def test_the_robots_signature_is_that_of_an_independent_calculation() -> None:
    # printf '%s\n%s' 1577262236757 this | openssl dgst -sha256 -hmac this -binary | base64
    assert sign_of(1577262236757, "this") == ROBOT


ROBOT = "pRA4XlN5x+DpibOg5MdZAIGLbybFVqOfslmOBmfMHLY="
