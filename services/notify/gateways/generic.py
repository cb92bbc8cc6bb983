"""SMS by any provider with an HTTP interface: URL, headers and body are templates, success is a rule."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from services.notify.domain.message import Message, Receipt, Status
from services.notify.gateways.http_call import Caller, Lost

PLACEHOLDERS = frozenset({"phone", "mainland", "text", "id", "template", "code", "sign", "secret", "name"})
_PLACE = re.compile(r"\{\{|\}\}|\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class HttpForm:
    """`body`: a JSON object or a form's fields, each text with {placeholders}; null for none.

    `success`: PATH=VALUE, as `code=0` or `data.status=ok`: where the answer says that it took the message; without it,
    any status below 300 does. `reference`: where the answer names the message. `deduplicates`: the provider promises
    to send once what comes twice under the same {id}; then what is uncertain is tried again.
    """

    url: str
    method: str = "POST"
    headers: Mapping[str, str] | None = None
    body: Any = None
    kind: str = "json"
    success: str | None = None
    reference: str | None = None
    deduplicates: bool = False


def names_in(value: Any) -> set[str]:
    """The placeholders of a template, through objects and lists."""
    match value:
        case str():
            return {found for found in _PLACE.findall(value) if found}
        case dict():
            return set().union(*(names_in(item) for item in value.values()), set())
        case list():
            return set().union(*(names_in(item) for item in value), set())
        case _:
            return set()


def filled(value: Any, words: Mapping[str, str]) -> Any:
    match value:
        case str():
            return _PLACE.sub(lambda found: words[found[1]] if found[1] else found[0][0], value)
        case dict():
            return {key: filled(item, words) for key, item in value.items()}
        case list():
            return [filled(item, words) for item in value]
        case _:
            return value


class HttpGateway:
    name = "http"
    local = False

    def __init__(self, caller: Caller, form: HttpForm, secret: str | None) -> None:
        self._caller, self._form, self._secret = caller, form, secret or ""
        self.deduplicates = form.deduplicates

    async def send(self, message: Message) -> Receipt:
        """What an error of the provider leaves open is uncertain, for good unless it de-duplicates: this interface
        cannot be asked.
        """
        number = message.address or ""
        words = {
            "phone": number,
            "mainland": number.removeprefix("+86"),
            "text": message.text,
            "id": str(message.id),
            "template": message.template,
            "code": message.wording.code if message.wording else "",
            "sign": message.wording.sign if message.wording else "",
            "secret": self._secret,
            "name": message.name,
        }
        form = self._form
        headers = {name: filled(value, words) for name, value in (form.headers or {}).items()}
        body: bytes | None = None
        if form.body is not None:
            content = filled(form.body, words)
            if form.kind == "form":
                body = urlencode({key: str(value) for key, value in content.items()}).encode()
                headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
            else:
                body = json.dumps(content, ensure_ascii=False).encode()
                headers.setdefault("Content-Type", "application/json")
        url = filled(form.url, {name: quote(value, safe="") for name, value in words.items()})
        answer = await self._caller.call(form.method, url, headers=headers, body=body)
        if answer.status >= 500:
            raise Lost(f"HTTP {answer.status}")
        if answer.status >= 300:
            return Receipt(Status.failed, detail=f"HTTP {answer.status}")
        try:
            said = answer.json() if form.success or form.reference else {}
        except ValueError:
            raise Lost("an answer that can not be read") from None
        path, _, wanted = (form.success or "").partition("=")
        if path and str(_at(said, path)) != wanted:
            return Receipt(Status.failed, detail=f"{path}={_at(said, path)}"[:300])
        reference = _at(said, form.reference) if form.reference else None
        return Receipt(Status.sent, reference=str(reference)[:200] if reference is not None else None)

    async def close(self) -> None:
        await self._caller.close()


def _at(value: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value
