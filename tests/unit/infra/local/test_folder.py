from __future__ import annotations

import json
import stat
from contextlib import closing
from pathlib import Path

import pytest

from infra.local.failures import NotStarted
from infra.local.folder import Access, DataFolder
from infra.local.ports import Ports
from infra.local.secrets_file import generate

ACCESS = Access(api_url="http://a", api_key="key", docs_url="http://d", media_url="http://m", pid=1)


def test_a_second_stack_on_the_same_data_is_refused_and_let_in_later(tmp_path: Path) -> None:
    first, second = DataFolder(tmp_path), DataFolder(tmp_path)
    first.claim()
    with pytest.raises(NotStarted, match="DATA="):
        second.claim()
    first.release()
    second.claim()
    second.release()


def test_data_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "data"):
        with pytest.raises(NotStarted, match="Name a folder"):
            DataFolder(path).claim()


def test_what_scripts_read_is_private_and_goes_with_the_stack(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.claim()
    folder.publish(ACCESS)
    assert json.loads(folder.access.read_text())["apiUrl"] == "http://a"
    assert stat.S_IMODE(folder.access.stat().st_mode) == 0o600
    folder.release()
    assert not folder.access.exists()


def test_the_logs_of_the_last_runs_are_kept(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    for run in range(6):
        folder.begin()
        (folder.logs / "log").write_text(str(run))
    kept = {each.name: (each / "log").read_text() for each in tmp_path.glob("logs*")}
    assert kept == {"logs": "5", "logs.1": "4", "logs.2": "3", "logs.3": "2"}


def test_ports_are_all_different_and_the_same_again(tmp_path: Path) -> None:
    names = [f"port-{number}" for number in range(12)]
    with closing(Ports(names, tmp_path / "ports.json")) as first:
        assert len(set(first.numbers.values())) == 12
    with closing(Ports(names, tmp_path / "ports.json")) as again:
        assert again.numbers == first.numbers


@pytest.mark.parametrize("left", ["", '{"port-1": 15'])
def test_remembered_ports_that_a_kill_has_cut_off_are_chosen_anew(tmp_path: Path, left: str) -> None:
    (tmp_path / "ports.json").write_text(left)
    with closing(Ports(["port-1"], tmp_path / "ports.json")) as ports:
        assert ports.numbers["port-1"] > 0


def test_two_stacks_that_start_at_once_have_no_port_in_common(tmp_path: Path) -> None:
    names = [f"port-{number}" for number in range(12)]
    with closing(Ports(names, tmp_path / "one.json")) as one:
        (tmp_path / "two.json").write_text((tmp_path / "one.json").read_text())
        with closing(Ports(names, tmp_path / "two.json")) as two:
            assert not set(one.numbers.values()) & set(two.numbers.values())


def test_a_password_is_made_as_the_template_says() -> None:
    wanted = {
        "SecretStringTemplate": '{"username": "owner"}',
        "GenerateStringKey": "password",
        "PasswordLength": 200,
        "ExcludeCharacters": "\"'@/\\abc",
    }
    made = json.loads(generate(wanted))
    assert made["username"] == "owner"
    assert len(made["password"]) == 200
    assert not set(made["password"]) & set("\"'@/\\abc")
