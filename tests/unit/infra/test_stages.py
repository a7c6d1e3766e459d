from __future__ import annotations

from infra.local.environment import function_environment
from infra.stages import STAGES


def test_nobody_can_register_at_a_deployed_stage_and_spend_its_money() -> None:
    assert {stage.name: stage.registration for stage in STAGES.values()} == dict.fromkeys(STAGES, "closed")


def test_every_deployed_stage_has_a_cap_on_what_all_users_spend_together() -> None:
    assert all(stage.monthly_cap_usd is not None for stage in STAGES.values())


def test_on_a_laptop_anybody_can_register() -> None:
    declared = {"SIGNING_SECRET_ARN": "arn", "SIGN_IN_REGISTRATION": "closed"}
    assert function_environment(declared)["SIGN_IN_REGISTRATION"] == "open"
    assert "SIGN_IN_REGISTRATION" not in function_environment({"STAGE": "dev"})
