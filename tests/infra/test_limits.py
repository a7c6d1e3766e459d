"""CloudFormation's and IAM's limits, with the functions of today and with all that are to come."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from infra.app import build, cdk_context
from infra.stack import Declared
from shared.api_models import Answer
from shared.lambdas.access import Access
from shared.lambdas.endpoint import Endpoint, endpoint
from tests.infra.reading import Template

ENDPOINTS_TO_COME = 130
AREAS_TO_COME = ("videos", "scenes", "campaigns", "avatars")
MAX_RESOURCES = 450
MAX_TEMPLATE_BYTES = 1_000_000
MAX_ROLE_POLICY_CHARACTERS = 10_240
LONGEST_ACCOUNT = {"Partition": "aws-us-gov", "Region": "ap-southeast-1", "AccountId": "123456789012"}


def test_the_stack_has_fewer_resources_than_cloudformation_takes(dev: Template, prod: Template) -> None:
    assert max(len(each.resources) for each in (dev, prod)) < MAX_RESOURCES


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The stack with a hundred and thirty endpoints of long names."""
    found = Declared.found()
    missing = ENDPOINTS_TO_COME - len(found.endpoints)
    added = [_endpoint(number) for number in range(missing)]
    out: Path = tmp_path_factory.mktemp("grown")
    context = {**cdk_context(), "stage": "prod", "aws:cdk:bundling-stacks": []}
    build(
        out=out,
        context=context,
        declared=Declared([*found.endpoints, *added], found.steps, found.operations),
    ).synth()
    return Template(out / "storyreel-prod.template.json")


def _endpoint(number: int) -> Endpoint:
    def code(video_id: UUID) -> Answer:
        raise NotImplementedError(video_id)

    code.__name__ = f"generate_single_video_clip_{number:02}"
    code.__module__ = f"functions.{AREAS_TO_COME[number % len(AREAS_TO_COME)]}.{code.__name__}"
    rights = {Access.MEDIA_READ, Access.UPLOADS_WRITE, Access.START_WORKFLOW, Access.PROVIDERS}
    declare: Callable[[Callable[..., Answer]], Endpoint] = endpoint(
        "POST", f"/api/generate_single_video_clip_{number:02}/{{video_id}}", needs=rights
    )
    return declare(code)


def test_a_hundred_and_thirty_endpoints_fit_one_stack(grown: Template) -> None:
    answered = [method for methods in grown.api_body["paths"].values() for method in methods]
    assert sum(method not in {"head", "options"} for method in answered) == ENDPOINTS_TO_COME
    assert len(grown.resources) < MAX_RESOURCES


def test_a_template_with_so_many_endpoints_is_one_that_cloudformation_takes(grown: Template) -> None:
    assert grown.path.stat().st_size < MAX_TEMPLATE_BYTES


def test_a_function_more_is_two_resources_more(prod: Template, grown: Template) -> None:
    more = len(grown.functions) - len(prod.functions)
    of_areas = 2 * (len(AREAS_TO_COME) - 1)  # each area's log group and invoking role
    assert len(grown.resources) - len(prod.resources) == 2 * more + of_areas


def test_no_role_outgrows_what_iam_takes(grown: Template) -> None:
    names = {
        name: each["Properties"].get("FunctionName", name)
        for name, each in grown.of_type("AWS::Lambda::Function")
    }
    for name, role in grown.of_type("AWS::IAM::Role"):
        policies = role["Properties"].get("Policies", [])
        size = sum(len(_resolved(json.dumps(each["PolicyDocument"]), names)) for each in policies)
        assert size < MAX_ROLE_POLICY_CHARACTERS, name


def _resolved(text: str, function_names: dict[str, str]) -> str:
    for logical_id, name in function_names.items():
        arn = "arn:{Partition}:lambda:{Region}:{AccountId}:function:".format(**LONGEST_ACCOUNT) + name
        text = text.replace(f'{{"Fn::GetAtt": ["{logical_id}", "Arn"]}}', f'"{arn}"')
    return "".join(text.split())
