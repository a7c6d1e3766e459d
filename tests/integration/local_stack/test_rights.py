"""A function may call on the laptop what its role allows on AWS, and gets AWS's own refusal for the rest."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local.rights import credentials_of
from tests.running_stack import RunningStack


@pytest.fixture
def acting_as(stack: RunningStack) -> Any:
    """Makes clients of a service that sign as a function does."""
    environment = stack.environment()

    def client(function: str, service: str) -> Any:
        variables = credentials_of(function)
        names = {"s3": "S3", "stepfunctions": "SFN", "secretsmanager": "SECRETS_MANAGER"}
        return boto3.session.Session().client(
            service,
            endpoint_url=environment[f"AWS_ENDPOINT_URL_{names[service]}"],
            region_name="us-east-1",
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
            # As functions do: the engine answers 500 to who stops an execution in the instant of its start.
            config=Config(retries={"mode": "standard"}, s3={"addressing_style": "path"}),
        )

    return client


@pytest.fixture
def bucket(stack: RunningStack) -> str:
    return stack.environment()["MEDIA_BUCKET"]


@pytest.fixture
def stored(acting_as: Any, bucket: str) -> str:
    """An object's key."""
    key = f"{uuid4()}/r/reference-frames/a.png"
    acting_as("draw_frame", "s3").put_object(Bucket=bucket, Key=key, Body=b"content")
    return key


def refusal(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return str(caught.value.response["Error"]["Code"])


def test_who_may_read_media_may_not_write_or_delete_them(acting_as: Any, bucket: str, stored: str) -> None:
    s3 = acting_as("get_video", "s3")
    assert s3.get_object(Bucket=bucket, Key=stored)["Body"].read() == b"content"
    assert s3.list_objects_v2(Bucket=bucket, Prefix=stored)["KeyCount"] == 1
    assert refusal(s3.put_object, Bucket=bucket, Key=stored, Body=b"other") == "AccessDenied"
    assert refusal(s3.delete_object, Bucket=bucket, Key=stored) == "AccessDenied"
    assert refusal(s3.create_multipart_upload, Bucket=bucket, Key=stored) == "AccessDenied"


FOLDERS = ("story", "reference-frames", "video-clips", "narration", "user-uploads", "unusable")


@pytest.mark.parametrize(
    ("function", "writes", "reads"),
    [
        ("write_story", {"story"}, {"story"}),
        ("draw_frame", {"reference-frames"}, {"reference-frames", "user-uploads"}),
        ("submit_clip", set(), {"reference-frames", "user-uploads"}),
        ("keep_clip", {"video-clips", "unusable"}, {*FOLDERS} - {"story", "narration"}),
        ("narrate", {"narration"}, {"narration"}),
        ("merge_clips", {"video-clips", "unusable"}, {*FOLDERS} - {"story", "reference-frames"}),
        ("create_video", {"user-uploads"}, {*FOLDERS} - {"unusable"}),
        ("get_video", set(), {*FOLDERS} - {"unusable"}),
        ("get_budget", set(), set()),
    ],
)
def test_a_function_reads_and_writes_in_the_folders_of_its_rights_alone(
    acting_as: Any, bucket: str, function: str, writes: set[str], reads: set[str]
) -> None:
    s3, owner = acting_as(function, "s3"), uuid4()
    keys = {folder: f"{owner}/r/{folder}/clip_{uuid4()}" for folder in FOLDERS}

    def allowed(call: Any, **parameters: Any) -> bool:
        try:
            call(Bucket=bucket, **parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] == "AccessDenied":
                return False
            if error.response["Error"]["Code"] != "NoSuchKey":
                raise
        return True

    assert {folder for folder, key in keys.items() if allowed(s3.put_object, Key=key, Body=b"x")} == writes
    assert {folder for folder, key in keys.items() if allowed(s3.get_object, Key=key)} == reads


def test_who_may_delete_media_may_not_read_them(acting_as: Any, bucket: str, stored: str) -> None:
    s3 = acting_as("delete_video", "s3")
    assert refusal(s3.get_object, Bucket=bucket, Key=stored) == "AccessDenied"
    deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": stored}]})
    assert [each["Key"] for each in deleted["Deleted"]] == [stored]


def test_who_has_no_right_to_media_may_do_nothing_with_them(acting_as: Any, bucket: str, stored: str) -> None:
    s3 = acting_as("get_budget", "s3")
    assert refusal(s3.get_object, Bucket=bucket, Key=stored) == "AccessDenied"
    assert refusal(s3.list_objects_v2, Bucket=bucket) == "AccessDenied"


def test_a_presigned_address_opens_what_its_signer_may_open(acting_as: Any, bucket: str, stored: str) -> None:
    def opened_with(function: str) -> int:
        url = acting_as(function, "s3").generate_presigned_url(
            "get_object", Params={"Bucket": bucket, "Key": stored}
        )
        return _status(urllib.request.Request(url))  # noqa: S310 - the stack's own address

    assert opened_with("get_video") == 200
    assert opened_with("delete_video") == 403


def test_a_presigned_form_stores_what_its_signer_may_store(acting_as: Any, bucket: str) -> None:
    def stored_with(function: str) -> int:
        form = acting_as(function, "s3").generate_presigned_post(bucket, f"tmp/rights/{uuid4()}")
        return _status(_form(form["url"], form["fields"]))

    assert stored_with("upload_image") == 204
    assert stored_with("get_video") == 403


def test_who_takes_uploads_touches_nothing_but_uploads(acting_as: Any, bucket: str, stored: str) -> None:
    owner = uuid4()
    incoming, kept = f"tmp/{owner}/r/{uuid4()}", f"{owner}/r/user-uploads/image_1.png"
    s3 = acting_as("complete_upload", "s3")
    for key in (incoming, kept):
        s3.put_object(Bucket=bucket, Key=key, Body=b"content")
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"content"
    for key in (stored, f"{owner}/r/video-clips/a.mp4"):
        assert refusal(s3.put_object, Bucket=bucket, Key=key, Body=b"other") == "AccessDenied"
        assert refusal(s3.get_object, Bucket=bucket, Key=key) == "AccessDenied"
        assert refusal(s3.delete_object, Bucket=bucket, Key=key) == "AccessDenied"
    begun = acting_as("upload_video", "s3").create_multipart_upload(Bucket=bucket, Key=incoming)["UploadId"]
    assert refusal(acting_as("upload_video", "s3").delete_object, Bucket=bucket, Key=kept) == "AccessDenied"
    acting_as("abort_upload", "s3").abort_multipart_upload(Bucket=bucket, Key=incoming, UploadId=begun)
    assert refusal(acting_as("abort_upload", "s3").get_object, Bucket=bucket, Key=kept) == "AccessDenied"
    for key in (incoming, kept):
        s3.delete_object(Bucket=bucket, Key=key)


def _form(url: str, fields: dict[str, str]) -> urllib.request.Request:
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{v}\r\n' for name, v in fields.items()
    ]
    file = '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\ncontent\r\n--x--\r\n'
    return urllib.request.Request(  # noqa: S310 - the stack's own address
        url,
        data="".join([*parts, file]).encode(),
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )


def _status(request: urllib.request.Request) -> int:
    try:
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - the same
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_only_who_may_start_the_workflow_starts_it(stack: RunningStack, acting_as: Any) -> None:
    machine = stack.environment()["WORKFLOW_ARN"]
    order = {"stateMachineArn": machine, "name": f"rights-{uuid4()}", "input": "{}"}
    assert (
        refusal(acting_as("get_video", "stepfunctions").start_execution, **order) == "AccessDeniedException"
    )
    assert (
        refusal(acting_as("draw_frame", "stepfunctions").start_execution, **order) == "AccessDeniedException"
    )
    started = acting_as("create_video", "stepfunctions").start_execution(**order)["executionArn"]
    assert refusal(acting_as("create_video", "stepfunctions").stop_execution, executionArn=started) == (
        "AccessDeniedException"
    )
    acting_as("cancel_video", "stepfunctions").stop_execution(executionArn=started)


def test_a_function_reads_its_own_secrets_alone(stack: RunningStack, acting_as: Any) -> None:
    variables = stack.environment()
    login, owner = variables["DATABASE_SECRET_ARN"], variables["DATABASE_ADMIN_SECRET_ARN"]
    operator, keys = variables["DATABASE_OPERATOR_SECRET_ARN"], variables["PROVIDERS_SECRET_ARN"]

    def readable(function: str) -> list[str]:
        secrets = acting_as(function, "secretsmanager")
        return [arn for arn in (login, owner, operator, keys) if _reads(secrets, arn)]

    assert readable("get_video") == [login]
    assert readable("draw_frame") == [login, keys]
    assert readable("migrate_database") == [login, owner, operator]
    assert readable("create_account") == [operator]
    assert readable("get_health") == []


def _reads(secrets: Any, arn: str) -> bool:
    try:
        return bool(secrets.get_secret_value(SecretId=arn)["SecretString"])
    except secrets.exceptions.ClientError as error:
        if "is not authorized to perform: secretsmanager:GetSecretValue" not in str(error):
            raise
        return False


def test_nobody_lists_or_changes_secrets(stack: RunningStack, acting_as: Any) -> None:
    secrets = acting_as("migrate_database", "secretsmanager")
    arn = stack.environment()["DATABASE_SECRET_ARN"]
    assert refusal(secrets.list_secrets) == "AccessDeniedException"
    assert refusal(secrets.put_secret_value, SecretId=arn, SecretString="{}") == "AccessDeniedException"


def test_a_key_that_no_function_has_opens_nothing(stack: RunningStack, acting_as: Any, bucket: str) -> None:
    arn = stack.environment()["DATABASE_SECRET_ARN"]
    assert refusal(acting_as("nobody", "secretsmanager").get_secret_value, SecretId=arn) == (
        "UnrecognizedClientException"
    )
    assert refusal(acting_as("nobody", "s3").list_objects_v2, Bucket=bucket) == "InvalidAccessKeyId"
