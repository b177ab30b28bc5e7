"""Settings come from KEXIN_ variables, and a misspelt one stops the start."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from services.platform.settings import Settings, UnknownSetting


def test_a_node_starts_without_any_setting() -> None:
    settings = Settings.load()
    assert settings.database == f"sqlite:///{Path('var').resolve() / 'kexin.sqlite3'}"
    assert settings.url == "http://127.0.0.1:8400"
    assert settings.chain_folder == Path("var/chain")
    assert settings.master_file == Path("var/keys/master.json")
    assert {settings.forget_journal.parent, settings.high_water_folder.parent} == {Path("var")}
    assert settings.trust_folder == Path("var/trust")


def test_a_misspelt_setting_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEXIN_DATABSE_URL", "sqlite:///x")
    with pytest.raises(UnknownSetting, match="KEXIN_DATABSE_URL"):
        Settings.load()


def test_the_test_switch_is_no_setting_and_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEXIN_TEST_STRICT", "1")
    Settings.load()


def test_several_endpoints_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEXIN_CHAIN_URLS", "http://a:8545, http://b:8545,")
    assert Settings.load().chain_urls == ("http://a:8545", "http://b:8545")


def test_the_command_line_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEXIN_PORT", "9000")
    assert Settings.load(port=None).port == 9000
    assert Settings.load(port=9001).port == 9001


def test_a_password_is_not_printed() -> None:
    settings = Settings.load(database_url="postgresql://kexin:hunter2@db/kexin")
    assert "hunter2" not in repr(settings)
    assert settings.database == "postgresql://kexin:hunter2@db/kexin"


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEXIN_UNSEAL_FILE", "")
    assert Settings.load().unseal_file is None


@pytest.mark.parametrize(
    "wrong", [{"port": 70000}, {"node_name": "Not A Name"}, {"node_region": "4"}]
)
def test_a_bad_value_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings.load(**wrong)


def test_the_address_has_no_slash_at_its_end() -> None:
    assert Settings.load(public_url="https://kexin.example/").url == "https://kexin.example"
    assert Settings.load(host="::1").url == "http://[::1]:8400"
