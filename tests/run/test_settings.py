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
    [("PORT", "x"), ("PORT", "70000"), ("MODE", "cloud"), ("RABBITMQ_PREFIX", "a b"), ("PREFETCH", "0")],
)
def test_a_bad_value_is_one_sentence_with_its_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"CCRM_{name}", value)
    with pytest.raises(BadSettings, match=rf"^CCRM_{name}: .+$"):
        load()


def test_the_deployed_mode_has_no_default_for_any_secret() -> None:
    settings = Settings(mode="deployed")
    for ask, name in (
        (lambda: settings.room_database("sla"), "CCRM_DATABASE_URL"),
        (settings.broker, "CCRM_RABBITMQ_URL"),
        (settings.verifier, "CCRM_TOKEN_PUBLIC_KEY_FILE"),
        (settings.signer, "CCRM_TOKEN_PRIVATE_KEY_FILE"),
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
