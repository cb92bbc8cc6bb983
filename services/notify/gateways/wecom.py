"""WeCom (企业微信): a text of the company's own app to one member, found by his mobile."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from services.notify.domain.message import Message, Receipt, Status
from services.notify.gateways.http_call import Caller
from services.notify.gateways.in_house import AccessToken, called
from services.notify.gateways.port import GatewayAway
from shared.kernel.clock import Clock
from shared.kernel.errors import Transient

PUBLIC = "https://qyapi.weixin.qq.com"
COMPARED_FOR = timedelta(hours=4)
"""So long it drops a text that it has shown to the member before: the longest it offers."""

_TOKEN_ENDED = frozenset({40014, 42001})
_BUSY = frozenset({-1, 45009, 45033, 45047})
_BAD_KEY = frozenset({40001, 40013, 40056, 60020, 48002, 301002})
_UNKNOWN = frozenset({60111, 46004, 60103, 40003})


class WeComGateway:
    """A second call with the same text is dropped by WeCom itself, within the hours in which we would try again."""

    name = "wecom"
    local = False
    deduplicates = True

    def __init__(
        self, caller: Caller, clock: Clock, *, corp_id: str, secret: str, agent_id: int, base_url: str
    ) -> None:
        self._caller = caller
        self._corp_id, self._secret, self._agent_id = corp_id, secret, agent_id
        self._base_url = base_url.rstrip("/")
        self._token = AccessToken(clock, self._fetched, _TOKEN_ENDED)
        self._members: dict[str, str] = {}

    async def send(self, message: Message) -> Receipt:
        mobile = (message.address or "").removeprefix("+86")
        member = self._members.get(mobile)
        if member is None:
            found = await self._asked("user/getuserid", {"mobile": mobile})
            if found["errcode"] in _UNKNOWN or (found["errcode"] == 0 and not found.get("userid")):
                return Receipt(Status.failed, detail="企业微信中没有这个手机号")
            if found["errcode"] != 0:
                return _failed(found)
            member = self._members[mobile] = str(found["userid"])
        said = await self._asked(
            "message/send",
            {
                "touser": member,
                "msgtype": "text",
                "agentid": self._agent_id,
                "text": {"content": message.text},
                "enable_duplicate_check": 1,
                "duplicate_check_interval": int(COMPARED_FOR.total_seconds()),
            },
        )
        if said["errcode"] != 0:
            self._members.pop(mobile, None)
            return _failed(said)
        if said.get("invaliduser"):
            self._members.pop(mobile, None)
            return Receipt(Status.failed, detail="企业微信中没有这位成员，或应用对他不可见")
        return Receipt(Status.sent, reference=str(said.get("msgid") or "")[:200] or None)

    async def close(self) -> None:
        await self._caller.close()

    async def _asked(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return await self._token.used(lambda token: self._call("POST", path, {"access_token": token}, body))

    async def _fetched(self) -> dict[str, Any]:
        return await self._call("GET", "gettoken", {"corpid": self._corp_id, "corpsecret": self._secret}, None)

    async def _call(self, method: str, path: str, query: dict[str, str], body: Any) -> dict[str, Any]:
        said = await called(self._caller, method, f"{self._base_url}/cgi-bin/{path}?{urlencode(query)}", body)
        if said["errcode"] in _BUSY or said["errcode"] in _BAD_KEY:
            raise GatewayAway(f"{path}: {said['errcode']}")
        return said


def _failed(said: dict[str, Any]) -> Receipt:
    if said["errcode"] == 45002:
        return Receipt(Status.failed, detail="消息过长")
    if 50000 <= said["errcode"] < 50100:
        raise Transient(f"{said['errcode']}")
    return Receipt(Status.failed, detail=f"{said['errcode']}: {said.get('errmsg', '')}"[:300])
