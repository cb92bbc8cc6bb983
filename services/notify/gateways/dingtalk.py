"""DingTalk (钉钉): a text of the company's own app to one member by his mobile, or a group's robot."""

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import urlencode

from services.notify.domain.message import Message, Receipt, Status
from services.notify.gateways.http_call import Caller
from services.notify.gateways.in_house import AccessToken, called
from services.notify.gateways.port import GatewayAway
from shared.kernel.clock import Clock

PUBLIC = "https://oapi.dingtalk.com"

_TOKEN_ENDED = frozenset({40014, 42001, 88})
_BUSY = frozenset({-1, 90018, 90002, 130101, 33012})
_BAD_KEY = frozenset({40001, 40013, 40089, 310000, 60011})
_UNKNOWN = frozenset({60121, 33013})


class DingTalkGateway:
    """DingTalk shows one person the same text of one app once a day, so a second call does no harm."""

    name = "dingtalk"
    local = False
    deduplicates = True

    def __init__(
        self, caller: Caller, clock: Clock, *, app_key: str, app_secret: str, agent_id: int, base_url: str
    ) -> None:
        self._caller = caller
        self._key, self._secret, self._agent_id = app_key, app_secret, agent_id
        self._base_url = base_url.rstrip("/")
        self._token = AccessToken(clock, self._fetched, _TOKEN_ENDED)
        self._members: dict[str, str] = {}

    async def send(self, message: Message) -> Receipt:
        mobile = (message.address or "").removeprefix("+86")
        member = self._members.get(mobile)
        if member is None:
            found = await self._asked("topapi/v2/user/getbymobile", {"mobile": mobile})
            result = found.get("result")
            if found["errcode"] in _UNKNOWN:
                return Receipt(Status.failed, detail="钉钉中没有这个手机号")
            if found["errcode"] != 0 or not isinstance(result, dict) or not result.get("userid"):
                return _failed(found)
            member = self._members[mobile] = str(result["userid"])
        said = await self._asked(
            "topapi/message/corpconversation/asyncsend_v2",
            {
                "agent_id": self._agent_id,
                "userid_list": member,
                "msg": {"msgtype": "text", "text": {"content": message.text}},
            },
        )
        if said["errcode"] != 0:
            self._members.pop(mobile, None)
            return _failed(said)
        return Receipt(Status.sent, reference=str(said.get("task_id") or "")[:200] or None)

    async def close(self) -> None:
        await self._caller.close()

    async def _asked(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return await self._token.used(
            lambda token: _call(
                self._caller, "POST", f"{self._base_url}/{path}?{urlencode({'access_token': token})}", body
            )
        )

    async def _fetched(self) -> dict[str, Any]:
        query = urlencode({"appkey": self._key, "appsecret": self._secret})
        return await _call(self._caller, "GET", f"{self._base_url}/gettoken?{query}", None)


class DingTalkRobot:
    """A group's robot calls the person by his number. What the case is stays out of the group: it may not all see it.

    Its texts are all alike and nobody can be asked, so an uncertain one is not said again.
    """

    name = "dingtalk-robot"
    local = False
    deduplicates = False

    def __init__(self, caller: Caller, clock: Clock, *, url: str, secret: str) -> None:
        self._caller, self._clock, self._url, self._secret = caller, clock, url, secret

    async def send(self, message: Message) -> Receipt:
        mobile = (message.address or "").removeprefix("+86")
        stamp = int(self._clock.now().timestamp() * 1000)
        query = urlencode({"timestamp": stamp, "sign": sign_of(stamp, self._secret)})
        said = await _call(
            self._caller,
            "POST",
            f"{self._url}{'&' if '?' in self._url else '?'}{query}",
            {
                "msgtype": "text",
                "text": {"content": f"@{mobile} 您有新的投诉处理通知，请登录客户投诉处理系统查看。"},
                "at": {"atMobiles": [mobile], "isAtAll": False},
            },
        )
        return Receipt(Status.sent) if said["errcode"] == 0 else _failed(said)

    async def close(self) -> None:
        await self._caller.close()


def sign_of(stamp: int, secret: str) -> str:
    """`stamp` in milliseconds."""
    made = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(made).decode()


async def _call(caller: Caller, method: str, url: str, body: Any) -> dict[str, Any]:
    said = await called(caller, method, url, body)
    if said["errcode"] in _BUSY or said["errcode"] in _BAD_KEY:
        raise GatewayAway(f"{said['errcode']}: {said.get('errmsg', '')}"[:300])
    return said


def _failed(said: dict[str, Any]) -> Receipt:
    return Receipt(Status.failed, detail=f"{said['errcode']}: {said.get('errmsg', '')}"[:300])
