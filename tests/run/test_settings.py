from pathlib import Path

import pytest

from shared.run.settings import BadSettings, Settings, load
from shared.web.tokens import ensure_keys


def test_the_embedded_mode_needs_nothing() -> None:
    settings = load()
    assert settings.mode == "embedded"
    assert settings.room_database("sla") == "sqlite:///var/sla.db"


def test_what_is_given_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CCRM_PORT", "9000")
    monkeypatch.setenv("CCRM_DATA_DIR", "/srv/ccrm")
    assert load().port == 9000
    assert load(port=8001, data_dir=None).port == 8001
    assert load().data_dir == Path("/srv/ccrm")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "x"),
        ("PORT", "70000"),
        ("MODE", "cloud"),
        ("RABBITMQ_PREFIX", "a b"),
        ("PREFETCH", "0"),
        ("RATE_PUBLIC", "-1"),
    ],
)
def test_a_bad_value_is_one_sentence_with_its_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"CCRM_{name}", value)
    with pytest.raises(BadSettings, match=rf"^CCRM_{name}: .+$"):
        load()


def test_how_often_somebody_may_ask_is_set_or_left_open() -> None:
    rates = Settings(rate_public=1, rate_person=0).rates()
    assert [rates.public.take("a"), rates.public.take("a")] == [None, 60]
    assert [rates.person.take("a") for _ in range(9)] == [None] * 9


def test_the_deployed_mode_has_no_default_for_any_secret() -> None:
    settings = Settings(mode="deployed")
    for ask, name in (
        (lambda: settings.room_database("sla"), "CCRM_DATABASE_URL"),
        (settings.broker, "CCRM_RABBITMQ_URL"),
        (settings.verifier, "CCRM_TOKEN_PUBLIC_KEY_FILE"),
        (settings.signer, "CCRM_TOKEN_PRIVATE_KEY_FILE"),
        (settings.data_keys, "CCRM_DATA_KEYS_FILE"),
    ):
        with pytest.raises(BadSettings, match=f"^{name} is not set"):
            ask()


def test_a_key_file_that_is_not_there_is_told_by_name(tmp_path: Path) -> None:
    settings = Settings(mode="deployed", token_public_key_file=tmp_path / "none.pem")
    with pytest.raises(BadSettings, match=r"CCRM_TOKEN_PUBLIC_KEY_FILE: .*none\.pem cannot be read"):
        settings.verifier()


def test_a_room_asks_its_peers_and_not_itself() -> None:
    settings = Settings(sla_url="http://sla:8000", intake_url="http://intake:8000")
    assert settings.peers("sla") == {"intake": "http://intake:8000"}


@pytest.mark.parametrize("content", [b"", b"\xff", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_file_that_holds_no_key_is_told_by_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(content)
    settings = Settings(mode="deployed", token_public_key_file=file, token_private_key_file=file)
    with pytest.raises(BadSettings, match=r"^CCRM_TOKEN_PUBLIC_KEY_FILE: .*key\.pem holds no"):
        settings.verifier()
    with pytest.raises(BadSettings, match=r"^CCRM_TOKEN_PRIVATE_KEY_FILE: .*key\.pem holds no"):
        settings.signer()


def test_a_public_key_signs_nothing(tmp_path: Path) -> None:
    _, public = ensure_keys(tmp_path)
    with pytest.raises(BadSettings, match="holds no private key"):
        Settings(mode="deployed", token_private_key_file=public).signer()


def test_files_are_kept_beside_the_data_unless_a_bucket_is_named(tmp_path: Path) -> None:
    assert Settings(data_dir=tmp_path / "var").files() == f"file://{tmp_path}/var/files"
    assert Settings(files_url="s3://bucket/prefix").files() == "s3://bucket/prefix"


@pytest.mark.parametrize("place", ["bucket", "http://host/files", "file://relative", "s3://"])
def test_files_are_kept_nowhere_else(place: str) -> None:
    with pytest.raises(BadSettings, match="CCRM_FILES_URL"):
        load(files_url=place)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"host": "::1", "port": 9}, "http://[::1]:9"),
        ({"port": 0}, None),
        ({"mode": "deployed"}, None),
        ({"mode": "deployed", "public_url": "https://ccrm.example.cn/"}, "https://ccrm.example.cn"),
    ],
)
def test_what_customers_links_begin_with(given: dict[str, object], address: str | None) -> None:
    assert load(**given).public_address == address


def test_a_public_url_that_is_none_is_refused() -> None:
    with pytest.raises(BadSettings, match="CCRM_PUBLIC_URL"):
        load(public_url="ccrm.example.cn")
