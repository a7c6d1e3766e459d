from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.postgres import _prune


@pytest.mark.parametrize(
    ("note", "kept"),
    [("a project that is there", True), ("a project that is gone", False), ("", True)],
)
def test_only_the_data_of_a_project_that_is_gone_are_removed(
    tmp_path: Path, note: str, *, kept: bool
) -> None:
    data = tmp_path / "places" / "0123" / "data"
    data.mkdir(parents=True)
    (tmp_path / "a project that is there").symlink_to(data)
    (data.parent / "belongs-to").write_text(str(tmp_path / note) if note else "")
    _prune(tmp_path / "places")
    assert data.exists() is kept
