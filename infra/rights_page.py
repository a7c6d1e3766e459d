"""The page that says what every function is reached by and may touch.

    python -m infra.rights_page      write infra/RIGHTS.md anew

It is made of the declarations; that the roles allow this and nothing else is a test's part.
"""

from __future__ import annotations

from pathlib import Path

from shared.lambdas.access import Access
from shared.lambdas.declaration import Declaration, declarations
from shared.lambdas.endpoint import Endpoint
from shared.lambdas.operation import Operation, Trigger

PAGE = Path(__file__).parent / "RIGHTS.md"

_HEAD = """# What every function may touch

Written by `make rights` from the declarations in `functions/`. What a right is on AWS, in IAM statements and
environment, stands in [access.py](access.py). Besides, a function writes to the log group of its area, sends
traces, and, if it has a right to the database, stands in the private network.

| Function | Reached by | Rights | Memory | Time limit |
|---|---|---|---:|---:|
"""

_TRIGGERS = {
    Trigger.DEPLOY: "each deployment",
    Trigger.SCHEDULE: "the schedule",
    Trigger.HAND: "`aws lambda invoke`",
}


def page() -> str:
    """The page as it is to be."""
    return _HEAD + "".join(f"{_row(each)}\n" for each in declarations(Declaration))


def _row(declared: Declaration) -> str:
    rights = ", ".join(right.value for right in Access if right in declared.needs) or "none"
    cells = [
        f"`{declared.name}`",
        _reached_by(declared),
        rights,
        f"{declared.memory_mb} MB",
        f"{declared.timeout_seconds} s",
    ]
    return f"| {' | '.join(cells)} |"


def _reached_by(declared: Declaration) -> str:
    if isinstance(declared, Endpoint):
        return f"`{declared.method} {declared.path}`{', by anybody' if declared.anonymous else ''}"
    return _TRIGGERS[declared.trigger] if isinstance(declared, Operation) else "the workflow"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
