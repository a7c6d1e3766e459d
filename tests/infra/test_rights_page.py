from __future__ import annotations

from infra.rights_page import PAGE, page
from tests.infra.reading import Template


def test_the_page_of_rights_says_what_is_declared() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: make rights"


def test_the_page_has_every_function_of_the_stack(dev: Template) -> None:
    rows = [line for line in page().splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == sorted(dev.functions)
