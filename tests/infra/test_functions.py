from __future__ import annotations

import pytest

from infra.access import variables
from shared import settings
from shared.lambdas.access import Layer
from shared.lambdas.declaration import Declaration, declarations
from shared.lambdas.endpoint import Endpoint
from tests.infra.reading import Template, asset_of, layers_of, table

# Memory, time, room in /tmp, layers (beside `crypto`, which every endpoint has), network.
SIZES = """
    abort_upload                512 MB   29 s   512 MB   core                               private
    cancel_video                512 MB   29 s   512 MB   core + clients + imaging           private
    change_api_key              512 MB   29 s   512 MB   core                               private
    change_budget               1024 MB  29 s   512 MB   core                               private
    change_password             1024 MB  29 s   512 MB   core                               private
    change_retention            512 MB   29 s   512 MB   core                               private
    change_scene                1024 MB  29 s   512 MB   core                               private
    change_webhook              512 MB   29 s   512 MB   core                               private
    check_clip                  512 MB   60 s   512 MB   core + clients + imaging           private
    choose_reference            1024 MB  240 s  512 MB   core + clients + imaging           private
    complete_upload             1769 MB  29 s   512 MB   core + imaging                     private
    continue_video              256 MB   30 s   512 MB   core                               private
    convert_s3_image_to_base64  512 MB   29 s   512 MB   core                               private
    create_account              1024 MB  30 s   512 MB   core + crypto                      private
    create_api_key              512 MB   30 s   512 MB   core + crypto                      private
    create_video                1024 MB  29 s   512 MB   core + imaging                     private
    create_webhook              512 MB   29 s   512 MB   core                               private
    delete_api_key              512 MB   29 s   512 MB   core                               private
    delete_expired              512 MB   300 s  512 MB   core + clients + imaging           private
    delete_scene                1024 MB  29 s   512 MB   core                               private
    delete_session              512 MB   29 s   512 MB   core + clients + imaging           private
    delete_user                 512 MB   900 s  512 MB   core + clients + imaging           private
    delete_video                512 MB   29 s   512 MB   core + clients + imaging           private
    delete_webhook              512 MB   29 s   512 MB   core                               private
    deliver_webhooks            512 MB   90 s   512 MB   core + crypto                      private
    draw_frame                  1024 MB  240 s  512 MB   core + clients + imaging           private
    generate_images             1024 MB  29 s   512 MB   core + imaging                     private
    generate_single_image       1024 MB  29 s   512 MB   core + imaging                     private
    generate_single_video_clip  1024 MB  29 s   512 MB   core + imaging                     private
    generate_story              1024 MB  29 s   512 MB   core                               private
    generate_video              1024 MB  29 s   512 MB   core + imaging                     private
    get_account                 512 MB   29 s   512 MB   core                               private
    get_budget                  512 MB   29 s   512 MB   core                               private
    get_docs                    512 MB   15 s   512 MB   core                               outside
    get_health                  256 MB   5 s    512 MB   core                               outside
    get_history                 512 MB   29 s   512 MB   core                               private
    get_job                     512 MB   29 s   512 MB   core                               private
    get_openapi                 512 MB   15 s   512 MB   core                               outside
    get_options                 512 MB   29 s   512 MB   core                               private
    get_presigned_url           512 MB   29 s   512 MB   core                               private
    get_retention               512 MB   29 s   512 MB   core                               private
    get_session                 512 MB   29 s   512 MB   core                               private
    get_upload                  512 MB   29 s   512 MB   core                               private
    get_video                   512 MB   29 s   512 MB   core                               private
    get_webhook                 512 MB   29 s   512 MB   core                               private
    insert_scene                1024 MB  29 s   512 MB   core                               private
    issue_api_key               512 MB   29 s   512 MB   core                               private
    keep_clip                   1769 MB  600 s  2048 MB  core + clients + imaging + ffmpeg  private
    list_api_keys               512 MB   29 s   512 MB   core                               private
    list_deliveries             512 MB   29 s   512 MB   core                               private
    list_sessions               512 MB   29 s   512 MB   core                               private
    list_takes                  512 MB   29 s   512 MB   core                               private
    list_video_deliveries       512 MB   29 s   512 MB   core                               private
    list_videos                 512 MB   29 s   512 MB   core                               private
    list_webhooks               512 MB   29 s   512 MB   core                               private
    mark_failed                 256 MB   30 s   512 MB   core                               private
    mark_stopped                256 MB   30 s   512 MB   core                               private
    merge_clips                 3008 MB  600 s  2048 MB  core + imaging + ffmpeg            private
    merge_video_clips           1024 MB  29 s   512 MB   core + imaging                     private
    migrate_database            512 MB   300 s  512 MB   core                               private
    narrate                     512 MB   120 s  512 MB   core + clients + imaging           private
    order_scenes                1024 MB  29 s   512 MB   core                               private
    ping_webhook                512 MB   29 s   512 MB   core                               private
    proxy_s3_image              512 MB   29 s   512 MB   core                               private
    proxy_s3_video              512 MB   29 s   512 MB   core                               private
    public_upload_image         1769 MB  29 s   512 MB   core + imaging                     private
    publish_video               1769 MB  120 s  512 MB   core + imaging                     private
    put_clip                    1024 MB  29 s   512 MB   core + imaging                     private
    put_frame                   1024 MB  29 s   512 MB   core + imaging                     private
    reconcile_videos            1024 MB  300 s  2048 MB  core + clients + imaging + ffmpeg  private
    refresh_tokens              512 MB   29 s   512 MB   core                               private
    register_user               1024 MB  29 s   512 MB   core                               private
    render_video                1024 MB  29 s   512 MB   core                               private
    replay_delivery             512 MB   29 s   512 MB   core                               private
    retake_scene                1024 MB  29 s   512 MB   core                               private
    rotate_api_key              512 MB   29 s   512 MB   core                               private
    rotate_job_secret           512 MB   29 s   512 MB   core                               private
    rotate_webhook_secret       512 MB   29 s   512 MB   core                               private
    sign_in                     1024 MB  29 s   512 MB   core                               private
    sign_out                    512 MB   29 s   512 MB   core                               private
    submit_clip                 1024 MB  120 s  512 MB   core + clients + imaging           private
    upload_final_video          512 MB   29 s   512 MB   core                               private
    upload_image                1769 MB  29 s   512 MB   core + imaging                     private
    upload_video                512 MB   29 s   512 MB   core                               private
    use_take                    1024 MB  29 s   512 MB   core                               private
    write_story                 512 MB   180 s  512 MB   core + clients                     private
"""

SERVER = {"DATABASE_PORT", "DATABASE_NAME"}
LOGIN = SERVER | {"DATABASE_HOST", "DATABASE_PROXY", "DATABASE_SECRET_ARN"}
DIRECT = SERVER | {"DATABASE_DIRECT_HOST"}
MEDIA = {"MEDIA_BUCKET"}
SIGNING = {
    "SIGNING_SECRET_ARN",
    "SIGN_IN_REGISTRATION",
    "SIGN_IN_NEW_USER_MONTHLY_CAP_USD",
    "SIGN_IN_ISSUERS",
}
EVERYBODY = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL", "STAGE"}
PROVIDERS = {
    "PROVIDERS_SECRET_ARN",
    "PROVIDERS_STORY",
    "PROVIDERS_FRAME",
    "PROVIDERS_CLIP",
    "PROVIDERS_NARRATION",
    "PROVIDERS_FALLBACK_FRAME",
    "PROVIDERS_FALLBACK_CLIP",
    "PROVIDERS_FALLBACK_NARRATION",
    "PROVIDERS_POLL_SECONDS",
    "PROVIDERS_MONTHLY_CAP_USD",
}
BROUGHT_BY = {
    "login": LOGIN,
    "signed in": LOGIN | SIGNING,  # what every endpoint has that is not public
    "operator's login": DIRECT | {"DATABASE_OPERATOR_SECRET_ARN"},
    "owner's login": DIRECT
    | {
        "DATABASE_SECRET_ARN",
        "DATABASE_OPERATOR_SECRET_ARN",
        "DATABASE_ADMIN_SECRET_ARN",
        "DATABASE_API_CONNECTIONS",
        "DATABASE_OPERATOR_CONNECTIONS",
        "DATABASE_API_IDLE_SECONDS",
        "DATABASE_OPERATOR_IDLE_SECONDS",
    },
    "signing": SIGNING,
    "read media": MEDIA,
    "read story": MEDIA,
    "write story": MEDIA,
    "read frames": MEDIA,
    "write frames": MEDIA,
    "read clips": MEDIA,
    "write clips": MEDIA,
    "read narration": MEDIA,
    "write narration": MEDIA,
    "delete media": MEDIA,
    "read uploads": MEDIA,
    "write uploads": MEDIA,
    "delete uploads": MEDIA,
    "start workflow": {"WORKFLOW_ARN"},
    "stop workflow": {"WORKFLOW_ARN"},
    "provider keys": PROVIDERS,
    "webhooks": {"WEBHOOKS_FUNCTION"},
}

WORKFLOW = "arn:Partition:states:Region:AccountId"


SHOWN = ("story", "reference-frames", "video-clips", "narration", "user-uploads")


def _on(action: str, *below: str) -> set[tuple[str, str]]:
    return {(action, f"MediaBucket/{each}") for each in below}


def _on_uploads(action: str) -> set[tuple[str, str]]:
    return _on(action, "tmp/*", "*/user-uploads/*")


def _reading(*below: str) -> set[tuple[str, str]]:
    return {*_on("s3:GetObject", *below), ("s3:ListBucket", "MediaBucket")}


def _writing(*below: str) -> set[tuple[str, str]]:
    return _on("s3:PutObject", *below) | _on("s3:AbortMultipartUpload", *below)


ALLOWED_BY = {
    "login": {("secretsmanager:GetSecretValue", "DatabaseApiSecret")},
    "signed in": {
        ("secretsmanager:GetSecretValue", "DatabaseApiSecret"),
        ("secretsmanager:GetSecretValue", "SigningSecret"),
    },
    "operator's login": {("secretsmanager:GetSecretValue", "DatabaseOperatorSecret")},
    "owner's login": {
        ("secretsmanager:GetSecretValue", "DatabaseApiSecret"),
        ("secretsmanager:GetSecretValue", "DatabaseOperatorSecret"),
        ("secretsmanager:GetSecretValue", "DatabaseInstanceSecretAttachment"),
    },
    "signing": {("secretsmanager:GetSecretValue", "SigningSecret")},
    "read media": _reading(*(f"*/{each}/*" for each in SHOWN)),
    "read story": _reading("*/story/*"),
    "write story": _writing("*/story/*"),
    "read frames": _reading("*/reference-frames/*", "*/user-uploads/*"),
    "write frames": _writing("*/reference-frames/*"),
    "read clips": _reading("*/video-clips/*", "*/user-uploads/*", "*/unusable/clip_*"),
    "write clips": _writing("*/video-clips/*", "*/unusable/clip_*"),
    "read narration": _reading("*/narration/*", "*/unusable/narration_*"),
    "write narration": _writing("*/narration/*", "*/unusable/narration_*"),
    "delete media": {
        *_on("s3:DeleteObject", "tmp/*", *(f"*/{each}/*" for each in (*SHOWN, "unusable"))),
        ("s3:ListBucket", "MediaBucket"),
    },
    "read uploads": {
        *_on_uploads("s3:GetObject"),
        *_on_uploads("s3:ListMultipartUploadParts"),
        ("s3:ListBucket", "MediaBucket"),
    },
    "write uploads": {*_on_uploads("s3:PutObject"), *_on_uploads("s3:AbortMultipartUpload")},
    "delete uploads": _on_uploads("s3:DeleteObject"),
    "start workflow": {("states:StartExecution", f"{WORKFLOW}:stateMachine:storyreel-dev-make_video")},
    "stop workflow": {
        ("states:StopExecution", f"{WORKFLOW}:execution:storyreel-dev-make_video:*"),
        ("states:DescribeExecution", f"{WORKFLOW}:execution:storyreel-dev-make_video:*"),
    },
    "provider keys": {("secretsmanager:GetSecretValue", "ProviderKeysSecret")},
    "webhooks": {
        (
            "lambda:InvokeFunction",
            "arn:Partition:lambda:Region:AccountId:function:storyreel-dev-deliver_webhooks",
        )
    },
    "dead letters": {("sqs:SendMessage", "DeadLettersQueue")},
}

RIGHTS = """
    abort_upload                signed in, write uploads, delete uploads
    cancel_video                signed in, read media, stop workflow, provider keys, webhooks
    change_api_key              signed in
    change_budget               signed in, start workflow, provider keys
    change_password             signed in
    change_retention            signed in
    change_scene                signed in
    change_webhook              signed in
    check_clip                  login, provider keys
    choose_reference            login, read frames, write frames, provider keys
    complete_upload             signed in, read uploads, write uploads, delete uploads
    continue_video              login, start workflow, webhooks
    convert_s3_image_to_base64  signed in, read media
    create_account              operator's login
    create_api_key              operator's login, signing
    create_video                signed in, read media, write uploads, start workflow, provider keys
    create_webhook              signed in
    delete_api_key              signed in
    delete_expired              login, operator's login, delete media, provider keys, dead letters
    delete_scene                signed in
    delete_session              signed in, delete media, provider keys
    delete_user                 login, operator's login, delete media, stop workflow, provider keys
    delete_video                signed in, delete media, provider keys
    delete_webhook              signed in
    deliver_webhooks            signed in, dead letters
    draw_frame                  login, read frames, write frames, provider keys
    generate_images             signed in, read media, write uploads, delete uploads, start workflow, provider keys
    generate_single_image       signed in, read media, write uploads, delete uploads, start workflow, provider keys
    generate_single_video_clip  signed in, read media, write uploads, delete uploads, start workflow, provider keys
    generate_story              signed in, read media, start workflow, provider keys
    generate_video              signed in, read media, write uploads, delete uploads, start workflow, provider keys
    get_account                 signed in
    get_budget                  signed in
    get_docs                    nothing
    get_health                  nothing
    get_history                 signed in
    get_job                     signed in, read media
    get_openapi                 nothing
    get_options                 signed in, provider keys
    get_presigned_url           signed in, read media
    get_retention               signed in
    get_session                 signed in, read media
    get_upload                  signed in, read uploads, write uploads
    get_video                   signed in, read media
    get_webhook                 signed in
    insert_scene                signed in
    issue_api_key               signed in
    keep_clip                   login, read frames, read clips, write clips, provider keys
    list_api_keys               signed in
    list_deliveries             signed in
    list_sessions               signed in, read media
    list_takes                  signed in, read media
    list_video_deliveries       signed in
    list_videos                 signed in, read media
    list_webhooks               signed in
    mark_failed                 login, webhooks
    mark_stopped                login, webhooks
    merge_clips                 login, read narration, read clips, write clips
    merge_video_clips           signed in, read media, write uploads, delete uploads, start workflow, provider keys
    migrate_database            owner's login
    narrate                     login, read narration, write narration, provider keys
    order_scenes                signed in
    ping_webhook                signed in, webhooks
    proxy_s3_image              signed in, read media
    proxy_s3_video              signed in, read media
    public_upload_image         signed in, read uploads, write uploads, delete uploads
    publish_video               login, read clips, write clips, webhooks
    put_clip                    signed in, read uploads, write uploads
    put_frame                   signed in, read uploads, write uploads
    reconcile_videos            login, operator's login, read frames, read clips, write clips, read narration, write narration, start workflow, stop workflow, provider keys, webhooks, dead letters
    refresh_tokens              signed in
    register_user               signed in
    render_video                signed in, read media, start workflow, provider keys
    replay_delivery             signed in, webhooks
    retake_scene                signed in
    rotate_api_key              signed in
    rotate_job_secret           signed in
    rotate_webhook_secret       signed in
    sign_in                     signed in
    sign_out                    login
    submit_clip                 login, read frames, provider keys
    upload_final_video          signed in, read uploads, write uploads
    upload_image                signed in, read uploads, write uploads, delete uploads
    upload_video                signed in, read uploads, write uploads
    use_take                    signed in
    write_story                 login, read story, write story, provider keys
"""  # noqa: E501 - a table
NEEDLESS = {"nothing"}


def _rights(words: str) -> set[str]:
    return set(words.split(", ")) - NEEDLESS


def test_a_function_may_do_what_stands_here_and_nothing_else(dev: Template) -> None:
    expected = {
        name: set().union(*(ALLOWED_BY[each] for each in _rights(words))) for name, words in table(RIGHTS)
    }
    found = {}
    for name, function in dev.functions.items():
        rights = dev.rights(dev.role_of(function))
        found[name] = {
            (action, resource)
            for action, resources in rights.items()
            for resource in resources
            if action.split(":")[0] not in {"logs", "xray", "ec2"}
        }
    assert found == expected


def test_a_function_writes_to_the_log_group_of_its_area_alone(dev: Template) -> None:
    for function in dev.functions.values():
        group = function["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]
        area = function["Properties"]["Handler"].split(".")[1]
        assert dev.resources[group]["Properties"]["LogGroupName"] == f"/storyreel/dev/{area}"
        rights = dev.rights(dev.role_of(function))
        assert rights["logs:PutLogEvents"] == {dev.plain({"Ref": group})}
        assert dev.resources[group]["Properties"]["RetentionInDays"] == 7


def test_only_functions_of_the_private_network_may_make_network_interfaces(dev: Template) -> None:
    for name, function in dev.functions.items():
        private = "VpcConfig" in function["Properties"]
        assert ("ec2:CreateNetworkInterface" in dev.rights(dev.role_of(function))) is private, name


def test_the_code_of_a_function_may_not_touch_network_interfaces_itself(dev: Template) -> None:
    """Its role may, since Lambda itself makes them in its name; a call from the function's code is denied."""
    for name, function in dev.functions.items():
        (policy,) = dev.role_of(function)["Properties"]["Policies"]
        denied = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Deny"]
        if "VpcConfig" not in function["Properties"]:
            assert denied == []
            continue
        (statement,) = denied
        may = {each for each in dev.rights(dev.role_of(function)) if each.startswith("ec2:")}
        assert (set(statement["Action"]), statement["Resource"]) == (may, "*")
        source = statement["Condition"]["ArnEquals"]["lambda:SourceFunctionArn"]
        assert dev.plain(source).endswith(f":function:storyreel-dev-{name}")


def test_no_role_of_ours_has_policies_that_aws_manages_or_that_lie_beside_it(dev: Template) -> None:
    roles = {function["Properties"]["Role"]["Fn::GetAtt"][0] for function in dev.functions.values()}
    beside = [
        name
        for name, policy in dev.of_type("AWS::IAM::Policy")
        if any(role["Ref"] in roles for role in policy["Properties"]["Roles"])
    ]
    assert beside == []
    assert [name for name in roles if "ManagedPolicyArns" in dev.resources[name]["Properties"]] == []


def test_a_functions_environment_is_what_its_rights_bring(dev: Template) -> None:
    kinds = {name: each["Metadata"]["Storyreel"]["Kind"] for name, each in dev.functions.items()}
    expected = {
        name: EVERYBODY.union(
            {"HTTP_ALLOWED_ORIGINS"} if kinds[name] == "endpoint" else set(),
            *(BROUGHT_BY.get(each, set()) for each in _rights(words)),
        )
        for name, words in table(RIGHTS)
    }
    found = {
        name: set(function["Properties"]["Environment"]["Variables"])
        for name, function in dev.functions.items()
    }
    assert found == expected


def test_a_variable_that_no_setting_reads_is_refused() -> None:
    with pytest.raises(ValueError, match=r"unknown \['buckett'\], missing \['bucket'\]"):
        variables(settings.MediaSettings, buckett="x")


def test_functions_are_of_these_sizes(dev: Template) -> None:
    found = []
    for name, function in sorted(dev.functions.items()):
        properties = function["Properties"]
        brought = layers_of(dev, function)
        if function["Metadata"]["Storyreel"]["Kind"] == "endpoint":
            brought -= {Layer.CRYPTO}
        layers = [layer for layer in Layer if layer in brought]
        found.append(
            [
                name,
                f"{properties['MemorySize']} MB",
                f"{properties['Timeout']} s",
                f"{properties.get('EphemeralStorage', {}).get('Size', 512)} MB",
                " + ".join(layers),
                "private" if "VpcConfig" in properties else "outside",
            ]
        )
    assert found == table(SIZES)


def test_every_endpoint_brings_what_reads_tokens(dev: Template) -> None:
    bring = {name for name, each in dev.functions.items() if Layer.CRYPTO in layers_of(dev, each)}
    assert bring >= {each.name for each in declarations(Endpoint)}


def test_every_declared_function_is_in_the_stack_under_its_own_name(dev: Template, prod: Template) -> None:
    declared = {each.name: each.handler for each in declarations(Declaration)}
    for template, stage in ((dev, "dev"), (prod, "prod")):
        found = {name: each["Properties"]["Handler"] for name, each in template.functions.items()}
        names = {each["Properties"]["FunctionName"] for each in template.functions.values()}
        assert found == declared
        assert names == {f"storyreel-{stage}-{name}" for name in declared}


def test_every_function_is_traced_and_of_the_same_kind(dev: Template) -> None:
    for function in dev.functions.values():
        properties = function["Properties"]
        assert properties["Architectures"] == ["arm64"]
        assert properties["Runtime"] == "python3.13"
        assert properties["TracingConfig"] == {"Mode": "Active"}


def test_one_asset_holds_every_handler(dev: Template) -> None:
    asset = asset_of(dev)
    for function in dev.functions.values():
        module, _, attribute = function["Properties"]["Handler"].rpartition(".")
        file = asset / f"{module.replace('.', '/')}.py"
        assert f"def {attribute}(" in file.read_text(encoding="utf-8")


def test_the_asset_holds_our_code_and_its_data_and_nothing_else(dev: Template) -> None:
    asset = asset_of(dev)
    left_behind = [
        path.name for path in asset.rglob("*") if path.suffix == ".pyc" or path.name == "__pycache__"
    ]
    assert sorted(path.name for path in asset.iterdir()) == ["functions", "shared"]
    assert left_behind == []
    assert (asset / "shared/migrations/0001_foundation.sql").exists()
    assert (asset / "shared/certificates/rds-global-bundle.pem").exists()
    assert sum(path.stat().st_size for path in asset.rglob("*") if path.is_file()) < 4 * 1024 * 1024


def test_the_template_says_what_starts_an_operation(dev: Template) -> None:
    triggers = {
        name: each["Metadata"]["Storyreel"]["Trigger"]
        for name, each in dev.functions.items()
        if each["Metadata"]["Storyreel"]["Kind"] == "operation"
    }
    assert triggers == {
        "create_account": "hand",
        "create_api_key": "hand",
        "delete_expired": "schedule",
        "delete_user": "hand",
        "deliver_webhooks": "schedule",
        "migrate_database": "deploy",
        "reconcile_videos": "schedule",
    }
