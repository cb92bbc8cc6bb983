"""SMS by Tencent Cloud (sms 2021-01-11): SendSms, receipts pulled by number or pushed; signed TC3-HMAC-SHA256."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from services.notify.domain.message import Asked, Message, Receipt, Status
from services.notify.gateways.http_call import Caller, Lost
from services.notify.gateways.port import GatewayAway, Report
from shared.kernel.clock import Clock
from shared.kernel.errors import Transient

ALGORITHM = "TC3-HMAC-SHA256"
SERVICE, VERSION = "sms", "2021-01-11"
PUBLIC = "https://sms.tencentcloudapi.com"

_AWAY = (
    "AuthFailure",
    "RequestLimitExceeded",
    "ResourceUnavailable",
    "UnauthorizedOperation",
    "InternalError.OtherError",
)
_LOST = ("InternalError", "FailedOperation.FailResolvePacket")
_PASSES = ("LimitExceeded.PhoneNumberThirtySecondLimit", "LimitExceeded.PhoneNumberOneHourLimit")
"""Limits of one number that are over before the day is."""


def signed(
    body: bytes,
    action: str,
    *,
    host: str,
    key_id: str,
    key_secret: str,
    region: str,
    now: datetime,
) -> dict[str, str]:
    """The headers of a JSON POST to the root."""
    now = now.astimezone(UTC)
    content = "application/json; charset=utf-8"
    names = "content-type;host;x-tc-action"
    canonical = f"content-type:{content}\nhost:{host}\nx-tc-action:{action.lower()}\n"
    request = f"POST\n/\n\n{canonical}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    day, stamp = f"{now:%Y-%m-%d}", str(int(now.timestamp()))
    scope = f"{day}/{SERVICE}/tc3_request"
    to_sign = f"{ALGORITHM}\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"TC3{key_secret}".encode()
    for part in (day, SERVICE, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return {
        "content-type": content,
        "host": host,
        "authorization": f"{ALGORITHM} Credential={key_id}/{scope}, SignedHeaders={names}, Signature={signature}",
        "x-tc-action": action,
        "x-tc-timestamp": stamp,
        "x-tc-version": VERSION,
        "x-tc-region": region,
    }


class TencentGateway:
    """It lists only what the operators have answered about, so that it knows nothing of a message proves nothing."""

    name = "tencent"
    local = False
    deduplicates = False

    def __init__(
        self,
        caller: Caller,
        clock: Clock,
        *,
        key_id: str,
        key_secret: str,
        app_id: str,
        region: str,
        base_url: str,
    ) -> None:
        self._caller, self._clock = caller, clock
        self._key_id, self._key_secret = key_id, key_secret
        self._app_id, self._region = app_id, region
        self._base_url = base_url.rstrip("/")
        self.absence_after: timedelta | None = None

    async def send(self, message: Message) -> Receipt:
        if message.wording is None or message.address is None:
            return Receipt(Status.failed, detail="没有短信模板或号码")
        said = await self._ask(
            "SendSms",
            {
                "PhoneNumberSet": [e164(message.address)],
                "SmsSdkAppId": self._app_id,
                "SignName": message.wording.sign,
                "TemplateId": message.wording.code,
                "TemplateParamSet": list(message.wording.variables.values()),
                "SessionContext": str(message.id),
            },
        )
        statuses = said.get("SendStatusSet") or []
        if not statuses and "Error" not in said:
            raise Lost("an answer without a status")
        one = statuses[0] if statuses else said["Error"]
        code, detail = str(one.get("Code", "")), f"{one.get('Code')}: {one.get('Message', '')}"[:300]
        if code == "Ok":
            return Receipt(Status.sent, reference=str(one.get("SerialNo") or "")[:200] or None)
        if code.startswith(_PASSES):
            raise Transient(detail)
        _raise_for(code, detail)
        return Receipt(Status.failed, detail=detail)

    async def receipt_of(self, asked: Asked) -> Receipt | None:
        """By SerialNo where one was given, else by our id, which it keeps as the session's context."""
        begin = int((asked.at - timedelta(minutes=5)).timestamp())
        for offset in range(0, 1000, 100):
            said = await self._ask(
                "PullSmsSendStatusByPhoneNumber",
                {
                    "BeginTime": begin,
                    "Offset": offset,
                    "Limit": 100,
                    "PhoneNumber": e164(asked.address),
                    "SmsSdkAppId": self._app_id,
                },
            )
            if "Error" in said:
                raise Transient(f"PullSmsSendStatusByPhoneNumber: {said['Error'].get('Code')}")
            found = said.get("PullSmsSendStatusSet") or []
            for one in found:
                number = str(one.get("SerialNo") or "")
                if (asked.reference and number == asked.reference) or one.get("SessionContext") == str(asked.id):
                    return _read(one.get("ReportStatus"), str(one.get("Description", "")), number or None)
            if len(found) < 100:
                return None
        raise Transient("PullSmsSendStatusByPhoneNumber: too many pages")

    def reports(self, body: bytes) -> list[Report]:
        listed = json.loads(body)
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise ValueError("a list of receipts is wanted")
        return [
            Report(
                _read(one.get("report_status"), str(one.get("errmsg", "")), None),
                message_id=str(one.get("ext") or "")[:200] or None,
                reference=str(one.get("sid") or "")[:200] or None,
            )
            for one in listed
        ]

    def thanks(self) -> dict[str, object]:
        return {"result": 0, "errmsg": "OK"}

    async def close(self) -> None:
        await self._caller.close()

    async def _ask(self, action: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        body = json.dumps(asked, ensure_ascii=False).encode()
        headers = signed(
            body,
            action,
            host=urlsplit(self._base_url).netloc,
            key_id=self._key_id,
            key_secret=self._key_secret,
            region=self._region,
            now=self._clock.now(),
        )
        answer = await self._caller.call("POST", f"{self._base_url}/", headers=headers, body=body)
        try:
            said = answer.json()["Response"]
        except (ValueError, KeyError):
            raise Lost(f"HTTP {answer.status} without an answer that can be read") from None
        if not isinstance(said, dict):
            raise Lost("the answer is no object")
        if "Error" in said:
            code = str(said["Error"].get("Code", ""))
            _raise_for(code, f"{code}: {said['Error'].get('Message', '')}"[:300])
        if answer.status >= 500:
            raise Lost(f"HTTP {answer.status}")
        return said


def _raise_for(code: str, detail: str) -> None:
    if code.startswith(_AWAY):
        raise GatewayAway(detail)
    if code.startswith(_LOST):
        raise Lost(detail)


def _read(status: object, code: str, reference: str | None) -> Receipt:
    delivered = status == "SUCCESS"
    return Receipt(
        Status.delivered if delivered else Status.failed,
        reference=reference,
        detail=None if delivered else f"未送达：{code}"[:300],
    )


def e164(number: str) -> str:
    return number if number.startswith("+") else f"+86{number}"
