"""SMS by Aliyun (dysmsapi 2017-05-25): SendSms, QuerySendDetails, receipts by HTTP push; signed ACS3-HMAC-SHA256."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from services.notify.domain.message import Asked, Message, Receipt, Status
from services.notify.gateways.http_call import Answer, Caller, Lost
from services.notify.gateways.port import GatewayAway, Report
from shared.kernel.clock import Clock
from shared.kernel.errors import Transient

ALGORITHM = "ACS3-HMAC-SHA256"
VERSION = "2017-05-25"
PUBLIC = "https://dysmsapi.aliyuncs.com"

_CHINA = ZoneInfo("Asia/Shanghai")
"""Dates in queries are Beijing's, wherever the server stands."""

_AWAY = ("Throttling", "ServiceUnavailable", "SignatureDoesNotMatch", "InvalidAccessKeyId", "IncompleteSignature")
_AWAY_EXACT = frozenset(
    {"isp.SYSTEM_ERROR", "isp.RAM_PERMISSION_DENY", "isv.ACCOUNT_ABNORMAL", "InvalidTimeStamp.Expired", "NoPermission"}
)
"""The whole gateway is of no use until time or somebody mends it: no single message is to blame."""


def percent(text: str) -> str:
    """RFC 3986, as the signature wants it."""
    return quote(text, safe="-_.~")


def signed(
    query: Mapping[str, str],
    action: str,
    *,
    host: str,
    path: str,
    key_id: str,
    key_secret: str,
    now: datetime,
    nonce: str,
) -> tuple[str, dict[str, str]]:
    """The query string and the headers of a POST without a body."""
    line = "&".join(f"{percent(name)}={percent(value)}" for name, value in sorted(query.items()))
    empty = hashlib.sha256(b"").hexdigest()
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": empty,
        "x-acs-date": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "x-acs-signature-nonce": nonce,
        "x-acs-version": VERSION,
    }
    names = ";".join(sorted(headers))
    canonical = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = f"POST\n{path}\n{line}\n{canonical}\n{names}\n{empty}"
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(key_secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    headers["authorization"] = f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"
    return line, headers


class AliyunGateway:
    name = "aliyun"
    local = False
    deduplicates = False

    def __init__(
        self, caller: Caller, clock: Clock, *, key_id: str, key_secret: str, base_url: str, absence_after: timedelta
    ) -> None:
        self._caller, self._clock = caller, clock
        self._key_id, self._key_secret = key_id, key_secret
        self._base_url = base_url.rstrip("/")
        self.absence_after: timedelta | None = absence_after

    async def send(self, message: Message) -> Receipt:
        if message.wording is None or message.address is None:
            return Receipt(Status.failed, detail="没有短信模板或号码")
        said = await self._ask(
            "SendSms",
            {
                "PhoneNumbers": mainland(message.address),
                "SignName": message.wording.sign,
                "TemplateCode": message.wording.code,
                "TemplateParam": json.dumps(dict(message.wording.variables), ensure_ascii=False),
                "OutId": str(message.id),
            },
        )
        code = str(said.get("Code", ""))
        if code == "OK":
            return Receipt(Status.sent, reference=_text(said.get("BizId")))
        detail = f"{code}: {said.get('Message', '')}"[:300]
        if code == "isv.BUSINESS_LIMIT_CONTROL" and "天级" not in detail:
            raise Transient(detail)  # so many a minute or an hour to this number: the hour passes
        return Receipt(Status.failed, detail=detail)

    async def receipt_of(self, asked: Asked) -> Receipt | None:
        """By BizId where one was given, else by our OutId among what the number got that day."""
        query = {"PhoneNumber": mainland(asked.address), "PageSize": "50"}
        query["SendDate"] = f"{asked.at.astimezone(_CHINA):%Y%m%d}"
        if asked.reference:
            query["BizId"] = asked.reference
        for page in range(1, 21):
            said = await self._ask("QuerySendDetails", {**query, "CurrentPage": str(page)})
            if said.get("Code") != "OK":
                raise Transient(f"QuerySendDetails: {said.get('Code')}")
            listed = said.get("SmsSendDetailDTOs") or {}
            found = listed.get("SmsSendDetailDTO") or [] if isinstance(listed, dict) else []
            for one in found:
                if one.get("OutId") == str(asked.id):
                    return _read(one.get("SendStatus"), str(one.get("ErrCode", "")), asked.reference)
            if len(found) < 50:
                return None
        raise Transient("QuerySendDetails: too many pages")

    def reports(self, body: bytes) -> list[Report]:
        listed = json.loads(body)
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise ValueError("a list of receipts is wanted")
        return [
            Report(
                _arrived(one.get("success") is True, _text(one.get("err_code")) or ""),
                message_id=_text(one.get("out_id")),
                reference=_text(one.get("biz_id")),
            )
            for one in listed
        ]

    def thanks(self) -> dict[str, object]:
        return {"code": 0, "msg": "成功"}

    async def close(self) -> None:
        await self._caller.close()

    async def _ask(self, action: str, query: Mapping[str, str]) -> dict[str, Any]:
        parts = urlsplit(self._base_url)
        line, headers = signed(
            query,
            action,
            host=parts.netloc,
            path=parts.path or "/",
            key_id=self._key_id,
            key_secret=self._key_secret,
            now=self._clock.now(),
            nonce=secrets.token_hex(16),
        )
        answer = await self._caller.call("POST", f"{self._base_url}{'' if parts.path else '/'}?{line}", headers=headers)
        said = _understood(answer)
        code = str(said.get("Code", ""))
        if code.startswith(_AWAY) or code in _AWAY_EXACT:
            raise GatewayAway(f"{code}: {said.get('Message', '')}"[:300])
        if answer.status >= 500:
            raise Lost(f"HTTP {answer.status} {code}")
        return said


def _understood(answer: Answer) -> dict[str, Any]:
    try:
        return answer.json()
    except ValueError:
        raise Lost(f"HTTP {answer.status} without an answer that can be read") from None


def _read(status: object, code: str, reference: str | None) -> Receipt:
    match str(status):
        case "3":
            return _arrived(True, code, reference)
        case "2":
            return _arrived(False, code, reference)
        case _:
            return Receipt(Status.sent, reference=reference)


def _arrived(delivered: bool, code: str, reference: str | None = None) -> Receipt:
    status = Status.delivered if delivered else Status.failed
    return Receipt(status, reference=reference, detail=None if delivered else f"未送达：{code}"[:300])


def _text(value: object) -> str | None:
    return str(value)[:200] if value else None


def mainland(number: str) -> str:
    """A mainland number as Aliyun's own examples write it; others without the plus."""
    return number.removeprefix("+86") if number.startswith("+86") else number.removeprefix("+")
