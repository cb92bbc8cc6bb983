"""Notify's own part of the environment: which gateways there are (I6). Nothing set: messages stay in the outbox."""

import ssl
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.notify.domain.limits import Limits
from services.notify.domain.quiet import Quiet, quiet_of
from services.notify.domain.wording import BadMapping, TemplateMap, read_mapping
from services.notify.gateways import aliyun, dingtalk, tencent, wecom
from services.notify.gateways.delivery import Delivery
from services.notify.gateways.generic import PLACEHOLDERS, HttpForm, HttpGateway, names_in
from services.notify.gateways.http_call import Caller
from services.notify.gateways.mail import MailGateway
from services.notify.gateways.outbox import OutboxGateway
from services.notify.gateways.port import Gateway
from shared.kernel.clock import Clock
from shared.kernel.tls import BadAuthority, trusting_also
from shared.run.settings import BadSettings

T = TypeVar("T")
Url = r"^https?://[^\s?#]+$"

CHANNELS = ("sms", "wecom", "dingtalk", "email", "outbox")
ALIYUN_PER_TEMPLATE = 50
WECOM_PER_MINUTE = 30


class NotifySettings(BaseSettings):
    """`channels`: where a message goes that its own channel cannot take. Secrets may stand in files (`…_file`)."""

    model_config = SettingsConfigDict(
        env_prefix="CCRM_", extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    ca_file: Path | None = None
    channels: str = "outbox"
    quiet: str | None = None
    sms_gateway: Literal["outbox", "aliyun", "tencent", "http"] = "outbox"
    sms_templates: Path | None = None
    sms_per_day: int = Field(10, ge=1, le=1000)
    sms_concurrency: int = Field(20, ge=1, le=500)
    sms_timeout: float = Field(10.0, ge=0.1, le=60)
    sms_unknown_minutes: int = Field(10, ge=1, le=1440)
    sms_receipt_token: str | None = Field(None, pattern=r"^[\w-]{24,200}$")
    sms_receipt_token_file: Path | None = None
    sms_http: Path | None = None
    sms_http_secret: str | None = None
    sms_http_secret_file: Path | None = None
    aliyun_key_id: str | None = None
    aliyun_key_secret: str | None = None
    aliyun_key_secret_file: Path | None = None
    aliyun_url: str = Field(aliyun.PUBLIC, pattern=Url)
    tencent_secret_id: str | None = None
    tencent_secret_key: str | None = None
    tencent_secret_key_file: Path | None = None
    tencent_app_id: str | None = None
    tencent_region: str = "ap-guangzhou"
    tencent_url: str = Field(tencent.PUBLIC, pattern=Url)
    wecom_corp_id: str | None = None
    wecom_secret: str | None = None
    wecom_secret_file: Path | None = None
    wecom_agent_id: int | None = None
    wecom_url: str = Field(wecom.PUBLIC, pattern=Url)
    dingtalk_app_key: str | None = None
    dingtalk_app_secret: str | None = None
    dingtalk_app_secret_file: Path | None = None
    dingtalk_agent_id: int | None = None
    dingtalk_url: str = Field(dingtalk.PUBLIC, pattern=Url)
    dingtalk_robot_url: str | None = Field(None, pattern=r"^https?://\S+$")
    dingtalk_robot_secret: str | None = None
    dingtalk_robot_secret_file: Path | None = None
    mail_host: str | None = None
    mail_port: int = Field(465, ge=1, le=65535)
    mail_from: str | None = Field(None, pattern=r"^[^\r\n]*@[^\r\n]+$")
    mail_username: str | None = None
    mail_password: str | None = None
    mail_password_file: Path | None = None
    mail_security: Literal["tls", "starttls", "none"] = "tls"

    def secret(self, name: str) -> str | None:
        """From its file where one is named. Raises BadSettings."""
        file: Path | None = getattr(self, f"{name}_file")
        if file is None:
            found: str | None = getattr(self, name)
            return found
        return _read(f"CCRM_{name.upper()}_FILE", file).strip() or None

    def needed(self, name: str, for_what: str) -> Any:
        value = self.secret(name) if f"{name}_file" in type(self).model_fields else getattr(self, name)
        if value is None:
            raise BadSettings(f"CCRM_{name.upper()} is not set: {for_what} needs it, and it has no default")
        return value


def settings_of_environment(**given: object) -> NotifySettings:
    """Raises BadSettings."""
    try:
        return NotifySettings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise BadSettings(f"CCRM_{name}: {first['msg']}") from None


def opened(settings: NotifySettings, clock: Clock) -> tuple[dict[str, Gateway], Delivery]:
    """The gateway of each channel that has one, and how messages leave by them. Raises BadSettings."""
    gateways: dict[str, Gateway] = {"outbox": OutboxGateway()}
    sms = _sms(settings, clock)
    if sms is not None:
        gateways["sms"] = sms
    for channel, made in (
        ("wecom", _wecom(settings, clock)),
        ("dingtalk", _dingtalk(settings, clock)),
        ("email", _mail(settings, clock)),
    ):
        if made is not None:
            gateways[channel] = made
    by_template = settings.sms_gateway in ("aliyun", "tencent")
    sms_limits = Limits(
        per_day=settings.sms_per_day,
        per_template=ALIYUN_PER_TEMPLATE if settings.sms_gateway == "aliyun" else None,
    )
    delivery = Delivery(
        fallbacks=_fallbacks(settings, gateways),
        templates=templates_of(settings),
        needs_template=frozenset({"sms"}) if by_template else frozenset(),
        limits={"sms": sms_limits, "wecom": Limits(per_minute=WECOM_PER_MINUTE, avoids_busy=True)},
        quiet=_quiet(settings),
        concurrency=settings.sms_concurrency,
        receipt_token=_receipt_token(settings),
    )
    return gateways, delivery


def templates_of(settings: NotifySettings) -> TemplateMap:
    """The mapping file; an empty mapping where none is named. Raises BadSettings."""
    if settings.sms_templates is None:
        if settings.sms_gateway in ("aliyun", "tencent"):
            raise BadSettings(f"CCRM_SMS_TEMPLATES is not set: {settings.sms_gateway} sends approved templates only")
        return TemplateMap({})
    try:
        text = _read("CCRM_SMS_TEMPLATES", settings.sms_templates)
        return read_mapping(text, file=f"CCRM_SMS_TEMPLATES: {settings.sms_templates}")
    except BadMapping as error:
        raise BadSettings(str(error)) from None


def _fallbacks(settings: NotifySettings, gateways: dict[str, Gateway]) -> list[str]:
    named = [name.strip() for name in settings.channels.split(",") if name.strip()]
    for name in named:
        if name not in CHANNELS:
            raise BadSettings(f"CCRM_CHANNELS: {name!r} is none of {', '.join(CHANNELS)}")
        if name not in gateways and name != "sms":
            raise BadSettings(f"CCRM_CHANNELS names {name}, but its own settings (CCRM_{_PREFIX[name]}_…) are missing")
    if len(set(named)) < len(named):
        raise BadSettings("CCRM_CHANNELS names a channel twice")
    return named


_PREFIX = {"wecom": "WECOM", "dingtalk": "DINGTALK", "email": "MAIL"}


def _quiet(settings: NotifySettings) -> Quiet | None:
    try:
        return quiet_of(settings.quiet) if settings.quiet else None
    except ValueError:
        raise BadSettings(f"CCRM_QUIET: {settings.quiet!r} is no time of the day such as 22:00-07:00") from None


def _receipt_token(settings: NotifySettings) -> str | None:
    token = settings.secret("sms_receipt_token")
    if token is not None and (len(token) < 24 or not token.replace("-", "").replace("_", "").isalnum()):
        raise BadSettings("CCRM_SMS_RECEIPT_TOKEN has at least 24 letters and digits")
    return token


def _caller(settings: NotifySettings) -> Caller:
    return Caller(seconds=settings.sms_timeout, most=settings.sms_concurrency, tls=_tls(settings))


def _tls(settings: NotifySettings) -> ssl.SSLContext | None:
    try:
        return None if settings.ca_file is None else trusting_also(settings.ca_file)
    except BadAuthority as error:
        raise BadSettings(f"CCRM_CA_FILE: {error}") from None


def _sms(settings: NotifySettings, clock: Clock) -> Gateway | None:
    match settings.sms_gateway:
        case "aliyun":
            return aliyun.AliyunGateway(
                _caller(settings),
                clock,
                key_id=settings.needed("aliyun_key_id", "aliyun"),
                key_secret=settings.needed("aliyun_key_secret", "aliyun"),
                base_url=settings.aliyun_url,
                absence_after=timedelta(minutes=settings.sms_unknown_minutes),
            )
        case "tencent":
            return tencent.TencentGateway(
                _caller(settings),
                clock,
                key_id=settings.needed("tencent_secret_id", "tencent"),
                key_secret=settings.needed("tencent_secret_key", "tencent"),
                app_id=settings.needed("tencent_app_id", "tencent"),
                region=settings.tencent_region,
                base_url=settings.tencent_url,
            )
        case "http":
            form = _form(settings.needed("sms_http", "http"))
            secret = settings.secret("sms_http_secret")
            if secret is None and "secret" in names_in([form.url, form.headers, form.body]):
                raise BadSettings("CCRM_SMS_HTTP_SECRET is not set, but CCRM_SMS_HTTP has {secret}")
            return HttpGateway(_caller(settings), form, secret)
        case _:
            return None


def _form(file: Path) -> HttpForm:
    place = f"CCRM_SMS_HTTP: {file}"
    try:
        given = tomllib.loads(_read("CCRM_SMS_HTTP", file))
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"{place}: {error}") from None
    for key in given.keys() - {"url", "method", "headers", "json", "form", "success", "reference", "deduplicates"}:
        raise BadSettings(f"{place}: unknown key {key}")
    if not str(given.get("url", "")).startswith(("https://", "http://")):
        raise BadSettings(f"{place}: url is missing")
    if "json" in given and "form" in given:
        raise BadSettings(f"{place}: the body is json or form, not both")
    for key in ("json", "form", "headers"):
        if not isinstance(given.get(key, {}), dict):
            raise BadSettings(f"{place}: {key} is a table")
    if "success" in given and "=" not in str(given["success"]):
        raise BadSettings(f"{place}: success is PATH=VALUE, such as code=0")
    if not isinstance(given.get("deduplicates", False), bool):
        raise BadSettings(f"{place}: deduplicates is true or false")
    if given.get("deduplicates") and "id" not in names_in(
        [given.get("url"), given.get("headers"), given.get("json"), given.get("form")]
    ):
        raise BadSettings(f"{place}: deduplicates needs {{id}} in what is sent")
    for name in names_in(given) - PLACEHOLDERS:
        raise BadSettings(f"{place}: {{{name}}} is none of {', '.join(sorted(PLACEHOLDERS))}")
    return HttpForm(
        url=str(given["url"]),
        method=str(given.get("method", "POST")).upper(),
        headers={name: str(value) for name, value in given.get("headers", {}).items()},
        body=given.get("json", given.get("form")),
        kind="form" if "form" in given else "json",
        success=given.get("success"),
        reference=given.get("reference"),
        deduplicates=given.get("deduplicates", False),
    )


def _wecom(settings: NotifySettings, clock: Clock) -> Gateway | None:
    if settings.wecom_corp_id is None:
        return None
    return wecom.WeComGateway(
        _caller(settings),
        clock,
        corp_id=settings.wecom_corp_id,
        secret=settings.needed("wecom_secret", "wecom"),
        agent_id=settings.needed("wecom_agent_id", "wecom"),
        base_url=settings.wecom_url,
    )


def _dingtalk(settings: NotifySettings, clock: Clock) -> Gateway | None:
    if settings.dingtalk_app_key is not None:
        return dingtalk.DingTalkGateway(
            _caller(settings),
            clock,
            app_key=settings.dingtalk_app_key,
            app_secret=settings.needed("dingtalk_app_secret", "dingtalk"),
            agent_id=settings.needed("dingtalk_agent_id", "dingtalk"),
            base_url=settings.dingtalk_url,
        )
    if settings.dingtalk_robot_url is not None:
        secret = settings.needed("dingtalk_robot_secret", "the robot of dingtalk")
        return dingtalk.DingTalkRobot(_caller(settings), clock, url=settings.dingtalk_robot_url, secret=secret)
    return None


def _mail(settings: NotifySettings, clock: Clock) -> Gateway | None:
    if settings.mail_host is None:
        return None
    username = settings.mail_username
    return MailGateway(
        clock,
        host=settings.mail_host,
        port=settings.mail_port,
        sender=settings.needed("mail_from", "email"),
        username=username,
        password=settings.needed("mail_password", "email") if username else None,
        security=settings.mail_security,
        seconds=settings.sms_timeout,
        tls=_tls(settings),
    )


def _read(name: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise BadSettings(f"{name}: {file} cannot be read") from None
