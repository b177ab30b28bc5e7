"""What is read of the environment without settings."""

from pathlib import Path

import pytest

from services.platform import environment
from services.platform.settings import Settings
from services.platform.texts import EN, ZH


def test_the_home_is_the_one_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment.home() == Settings().home
    monkeypatch.setenv("KEXIN_HOME", "/srv/kexin")
    assert environment.home() == Settings.load().home == Path("/srv/kexin")


def test_the_endpoints_are_the_ones_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment.chain_urls() == ()
    monkeypatch.setenv("KEXIN_CHAIN_URLS", "http://a:8545, http://b:8545,")
    assert environment.chain_urls() == Settings.load().chain_urls


def test_the_state_folder_follows_the_base_directories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/var/state")
    assert environment.state_folder() == Path("/var/state/kexin")
    monkeypatch.setenv("HOME", "/home/reader")
    for unusable in ("", "relative"):
        monkeypatch.setenv("XDG_STATE_HOME", unusable)
        assert environment.state_folder() == Path("/home/reader/.local/state/kexin")


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({}, ZH),
        ({"LANG": "C.UTF-8"}, ZH),
        ({"LANG": "zh_CN.UTF-8"}, ZH),
        ({"LANG": "en_US.UTF-8"}, EN),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, ZH),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB"}, EN),
    ],
)
def test_the_language_is_the_terminals(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], language: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert environment.language() == language
