"""Providers that are only servers on this machine. They work out every signature anew from the request as it came."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote

from aiohttp import web

KEY_ID, KEY = "LTAI-test", "the-secret-of-a-test"

Step = str | int | dict[str, Any]
"""What the next call meets: "drop" (taken, the answer lost), "refuse" (cut before it was read), a status, an answer."""


class Fake:
    """`taken` are the messages it took; `steps` say what the next calls meet, then all is well."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.taken: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.wrong = 0
        self.most_at_once = self._at_once = 0
        self.pause = 0.0
        self.url = ""

    async def serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await asyncio.sleep(self.pause)
            step = self.steps.pop(0) if self.steps else None
            if isinstance(step, int):
                return web.json_response({"Code": "Broken"}, status=step)
            if isinstance(step, dict):
                return web.json_response(step)
            if step != "refuse":
                answer = self.answer(request, body)
            if step in ("drop", "refuse"):
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
            return web.json_response(answer)
        finally:
            self._at_once -= 1

    def answer(self, request: web.Request, body: bytes) -> dict[str, Any]:
        raise NotImplementedError


class FakeAliyun(Fake):
    """`states` by OutId: 1 waiting, 2 failed, 3 delivered; what is not in it is listed as waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.states: dict[str, int] = {}

    def answer(self, request: web.Request, body: bytes) -> dict[str, Any]:
        self.calls.append(request.headers["x-acs-action"])
        if not aliyun_signature_holds(request, body):
            self.wrong += 1
            return {"Code": "SignatureDoesNotMatch", "Message": "signature"}
        asked = dict(parse_qsl(request.rel_url.raw_query_string))
        match request.headers["x-acs-action"]:
            case "SendSms":
                self.taken.append(asked)
                return {"Code": "OK", "Message": "OK", "BizId": f"biz-{len(self.taken)}", "RequestId": "r"}
            case _:
                listed = [
                    {"OutId": one["OutId"], "SendStatus": self.states.get(one["OutId"], 1), "ErrCode": "MK:0001"}
                    for one in self.taken
                    if one["PhoneNumbers"] == asked["PhoneNumber"]
                ]
                return {"Code": "OK", "TotalCount": len(listed), "SmsSendDetailDTOs": {"SmsSendDetailDTO": listed}}


def aliyun_signature_holds(request: web.Request, body: bytes) -> bool:
    """From what stands in the request: nothing is taken from the program under test."""
    scheme, _, rest = request.headers["Authorization"].partition(" ")
    given = dict(part.split("=", 1) for part in rest.split(","))
    query = parse_qs(request.rel_url.raw_query_string, keep_blank_values=True)
    line = "&".join(f"{quote(k, safe='~')}={quote(v[0], safe='~')}" for k, v in sorted(query.items()))
    names = given["SignedHeaders"].split(";")
    must = {"host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"}
    if scheme != "ACS3-HMAC-SHA256" or given["Credential"] != KEY_ID or not must <= set(names):
        return False
    if request.headers["x-acs-content-sha256"] != hashlib.sha256(body).hexdigest():
        return False
    headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in names)
    canonical = "\n".join(
        (request.method, request.path, line, headers, ";".join(names), hashlib.sha256(body).hexdigest())
    )
    text = f"{scheme}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.compare_digest(hmac.new(KEY.encode(), text.encode(), "sha256").hexdigest(), given["Signature"])


class FakeTencent(Fake):
    """`reports` are what the operators have answered about."""

    def __init__(self) -> None:
        super().__init__()
        self.reports: list[dict[str, Any]] = []

    def answer(self, request: web.Request, body: bytes) -> dict[str, Any]:
        action = request.headers["X-TC-Action"]
        self.calls.append(action)
        if not tencent_signature_holds(request, body):
            self.wrong += 1
            return {"Response": {"Error": {"Code": "AuthFailure.SignatureFailure", "Message": "x"}, "RequestId": "r"}}
        asked = json.loads(body)
        if action == "PullSmsSendStatusByPhoneNumber":
            found = [one for one in self.reports if one["PhoneNumber"] == asked["PhoneNumber"]]
            return {"Response": {"PullSmsSendStatusSet": found, "RequestId": "r"}}
        self.taken.append(asked)
        status = {"SerialNo": f"5000:{len(self.taken)}", "Code": "Ok", "Message": "send success"}
        return {"Response": {"SendStatusSet": [status], "RequestId": "r"}}


def tencent_signature_holds(request: web.Request, body: bytes) -> bool:
    scheme, _, rest = request.headers["Authorization"].partition(" ")
    given = dict(part.strip().split("=", 1) for part in rest.split(","))
    key_id, day, service, end = given["Credential"].split("/")
    stamp = request.headers["X-TC-Timestamp"]
    if (scheme, key_id, service, end) != ("TC3-HMAC-SHA256", KEY_ID, "sms", "tc3_request"):
        return False
    if day != datetime.fromtimestamp(int(stamp), UTC).strftime("%Y-%m-%d"):
        return False
    names = given["SignedHeaders"].split(";")
    headers = "".join(f"{name}:{request.headers[name].lower()}\n" for name in names)
    parts = (request.method, request.path, "", headers, given["SignedHeaders"], hashlib.sha256(body).hexdigest())
    text = "\n".join((scheme, stamp, f"{day}/sms/tc3_request", hashlib.sha256("\n".join(parts).encode()).hexdigest()))
    key = ("TC3" + KEY).encode()
    for part in (day, "sms", "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.compare_digest(hmac.digest(key, text.encode(), "sha256").hex(), given["Signature"])


class FakeTalk(Fake):
    """WeCom and DingTalk: tokens, members by mobile, messages."""

    def __init__(self, respond: Callable[[str, dict[str, str], Any], dict[str, Any]]) -> None:
        super().__init__()
        self._respond = respond

    def answer(self, request: web.Request, body: bytes) -> dict[str, Any]:
        self.calls.append(request.path)
        query = dict(parse_qsl(request.rel_url.raw_query_string))
        return self._respond(request.path, query, json.loads(body) if body else None)


@asynccontextmanager
async def listening(fake: Fake) -> AsyncIterator[Fake]:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", fake.serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    fake.url = f"http://{host}:{port}"
    try:
        yield fake
    finally:
        await runner.cleanup()
