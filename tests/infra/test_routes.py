from __future__ import annotations

import json
from typing import Any

import pytest

from infra.functions import pascal
from infra.routes import Integration, api_body
from shared.lambdas.declaration import declarations
from shared.lambdas.endpoint import Endpoint
from tests.infra.reading import Template, table

ROUTES = """
    GET     /api/admin/api-keys                                      list_api_keys               signed in
    POST    /api/admin/api-keys                                      issue_api_key               signed in
    DELETE  /api/admin/api-keys/{key_id}                             delete_api_key              signed in
    PATCH   /api/admin/api-keys/{key_id}                             change_api_key              signed in
    POST    /api/admin/api-keys/{key_id}/rotate                      rotate_api_key              signed in
    POST    /api/auth/login                                          sign_in                     anybody
    POST    /api/auth/logout                                         sign_out                    anybody
    GET     /api/auth/me                                             get_account                 signed in
    POST    /api/auth/password                                       change_password             signed in
    POST    /api/auth/refresh                                        refresh_tokens              anybody
    POST    /api/auth/register                                       register_user               anybody
    GET     /api/budget                                              get_budget                  signed in
    PUT     /api/budget                                              change_budget               signed in
    POST    /api/convert_s3_image_to_base64                          convert_s3_image_to_base64  signed in
    GET     /api/docs                                                get_docs                    anybody
    POST    /api/generate_single_image                               generate_single_image       signed in
    POST    /api/generate_single_video_clip                          generate_single_video_clip  signed in
    POST    /api/generate_story                                      generate_story              signed in
    GET     /api/get_presigned_url                                   get_presigned_url           signed in
    GET     /api/health                                              get_health                  anybody
    GET     /api/jobs/{job_id}                                       get_job                     signed in
    POST    /api/merge_video_clips                                   merge_video_clips           signed in
    GET     /api/openapi.json                                        get_openapi                 anybody
    GET     /api/options                                             get_options                 signed in
    GET     /api/proxy_s3_image/{key+}                               proxy_s3_image              signed in
    HEAD    /api/proxy_s3_image/{key+}                               proxy_s3_image_head         signed in
    GET     /api/proxy_s3_video/{key+}                               proxy_s3_video              signed in
    HEAD    /api/proxy_s3_video/{key+}                               proxy_s3_video_head         signed in
    POST    /api/public/generate-images                              generate_images             signed in
    POST    /api/public/generate-video                               generate_video              signed in
    POST    /api/public/upload-image                                 public_upload_image         signed in
    GET     /api/retention                                           get_retention               signed in
    PUT     /api/retention                                           change_retention            signed in
    GET     /api/sessions                                            list_sessions               signed in
    DELETE  /api/sessions/{request_id}                               delete_session              signed in
    GET     /api/sessions/{request_id}                               get_session                 signed in
    POST    /api/upload_final_video                                  upload_final_video          signed in
    POST    /api/upload_image                                        upload_image                signed in
    POST    /api/upload_video                                        upload_video                signed in
    DELETE  /api/uploads/{upload_id}                                 abort_upload                signed in
    GET     /api/uploads/{upload_id}                                 get_upload                  signed in
    POST    /api/uploads/{upload_id}/complete                        complete_upload             signed in
    GET     /api/videos                                              list_videos                 signed in
    POST    /api/videos                                              create_video                signed in
    DELETE  /api/videos/{video_id}                                   delete_video                signed in
    GET     /api/videos/{video_id}                                   get_video                   signed in
    POST    /api/videos/{video_id}/cancel                            cancel_video                signed in
    GET     /api/videos/{video_id}/deliveries                        list_video_deliveries       signed in
    GET     /api/videos/{video_id}/history                           get_history                 signed in
    POST    /api/videos/{video_id}/render                            render_video                signed in
    POST    /api/videos/{video_id}/scenes                            insert_scene                signed in
    PUT     /api/videos/{video_id}/scenes/order                      order_scenes                signed in
    DELETE  /api/videos/{video_id}/scenes/{number}                   delete_scene                signed in
    PATCH   /api/videos/{video_id}/scenes/{number}                   change_scene                signed in
    PUT     /api/videos/{video_id}/scenes/{number}/clip              put_clip                    signed in
    PUT     /api/videos/{video_id}/scenes/{number}/frame             put_frame                   signed in
    POST    /api/videos/{video_id}/scenes/{number}/retake            retake_scene                signed in
    GET     /api/videos/{video_id}/scenes/{number}/takes             list_takes                  signed in
    POST    /api/videos/{video_id}/scenes/{number}/takes/{take}/use  use_take                    signed in
    GET     /api/webhooks                                            list_webhooks               signed in
    POST    /api/webhooks                                            create_webhook              signed in
    POST    /api/webhooks/deliveries/{delivery_id}/replay            replay_delivery             signed in
    POST    /api/webhooks/job-secret/rotate                          rotate_job_secret           signed in
    DELETE  /api/webhooks/{webhook_id}                               delete_webhook              signed in
    GET     /api/webhooks/{webhook_id}                               get_webhook                 signed in
    PATCH   /api/webhooks/{webhook_id}                               change_webhook              signed in
    GET     /api/webhooks/{webhook_id}/deliveries                    list_deliveries             signed in
    POST    /api/webhooks/{webhook_id}/ping                          ping_webhook                signed in
    POST    /api/webhooks/{webhook_id}/rotate                        rotate_webhook_secret       signed in
"""


def _operations(template: Template) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in template.api_body["paths"].items()
        for method, operation in methods.items()
        if method != "options"
    ]


def test_the_api_has_these_routes_and_no_others(dev: Template) -> None:
    callers = {
        each.operation_id(method): "anybody" if each.anonymous else "signed in"
        for each in declarations(Endpoint)
        for method in each.methods
    }
    found = [
        [method.upper(), path, operation["operationId"], callers[operation["operationId"]]]
        for path, method, operation in sorted(_operations(dev), key=lambda each: each[:2])
    ]
    assert found == table(ROUTES)


def test_every_route_invokes_the_function_of_its_name_as_the_invoking_role(dev: Template) -> None:
    for _, method, operation in _operations(dev):
        integration = operation["x-amazon-apigateway-integration"]
        (arn,) = [each for each in integration["uri"]["Fn::Join"][1] if "Fn::GetAtt" in each]
        function = dev.resources[arn["Fn::GetAtt"][0]]
        name = function["Metadata"]["Storyreel"]["Name"]
        assert operation["operationId"] == (f"{name}_head" if method == "head" else name)
        assert integration["type"] == "aws_proxy"
        assert integration["httpMethod"] == "POST"
        area = function["Properties"]["Handler"].split(".")[1]
        assert dev.plain(integration["credentials"]) == f"Api{pascal(area)}Invoker"


def test_the_invoking_role_of_an_area_may_invoke_its_endpoints_alone(dev: Template) -> None:
    endpoints: dict[str, set[str]] = {}
    for name, each in dev.of_type("AWS::Lambda::Function"):
        if each.get("Metadata", {}).get("Storyreel", {}).get("Kind") == "endpoint":
            area = each["Properties"]["Handler"].split(".")[1]
            endpoints.setdefault(f"Api{pascal(area)}Invoker", set()).add(dev.plain({"Ref": name}))
    invokers = {
        dev.plain({"Ref": name}): dev.rights(each)
        for name, each in dev.of_type("AWS::IAM::Role")
        if dev.plain({"Ref": name}).endswith("Invoker")
    }
    assert invokers == {name: {"lambda:InvokeFunction": each} for name, each in endpoints.items()}


def test_a_preflight_names_the_methods_of_its_own_path(dev: Template) -> None:
    methods = dev.api_body["paths"]["/api/videos/{video_id}"]
    answer = methods["options"]["x-amazon-apigateway-integration"]["responses"]["default"]
    headers = answer["responseParameters"]
    assert answer["statusCode"] == "204"
    assert headers["method.response.header.Access-Control-Allow-Methods"] == "'DELETE,GET,OPTIONS'"
    assert headers["method.response.header.Access-Control-Allow-Origin"] == "'*'"
    assert "X-API-Key" in headers["method.response.header.Access-Control-Allow-Headers"]


def test_pictures_leave_as_bytes_and_preflights_are_answered_all_the_same(dev: Template) -> None:
    assert dev.api_body["x-amazon-apigateway-binary-media-types"] == ["*/*"]
    mocks = [
        methods["options"]["x-amazon-apigateway-integration"] for methods in dev.api_body["paths"].values()
    ]
    assert {each["contentHandling"] for each in mocks} == {"CONVERT_TO_TEXT"}


def test_every_path_answers_a_preflight(dev: Template) -> None:
    assert [path for path, methods in dev.api_body["paths"].items() if "options" not in methods] == []


def test_a_preflight_echoes_an_origin_only_if_it_is_one_of_those_allowed() -> None:
    origins = ["https://a.example", "https://b.example"]
    body = api_body(
        title="t",
        endpoints=list(declarations(Endpoint)),
        integrations={each.name: Integration("arn", "arn") for each in declarations(Endpoint)},
        allowed_origins=origins,
    )
    integration = body["paths"]["/api/videos"]["options"]["x-amazon-apigateway-integration"]
    answer = integration["responses"]["default"]
    fixed = answer["responseParameters"]["method.response.header.Access-Control-Allow-Origin"]
    template = answer["responseTemplates"]["application/json"]
    assert fixed == "'https://a.example'"
    assert '#if($origin == "https://a.example" || $origin == "https://b.example")' in template
    assert "responseOverride.header.Access-Control-Allow-Origin = $origin" in template


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("UNAUTHORIZED", "401", "unauthenticated"),
        ("ACCESS_DENIED", "403", "forbidden"),
        ("WAF_FILTERED", "403", "forbidden"),
        ("MISSING_AUTHENTICATION_TOKEN", "404", "not_found"),
        ("INVALID_SIGNATURE", "404", "not_found"),
        ("REQUEST_TOO_LARGE", "413", "payload_too_large"),
        ("THROTTLED", "429", "too_many_requests"),
        ("UNSUPPORTED_MEDIA_TYPE", "415", "unsupported_media"),
        ("DEFAULT_4XX", None, "bad_request"),
        ("DEFAULT_5XX", None, "service_unavailable"),
    ],
)
def test_the_gateways_own_errors_have_the_products_form(
    dev: Template, kind: str, status: str | None, code: str
) -> None:
    response = dev.api_body["x-amazon-apigateway-gateway-responses"][kind]
    body = json.loads(response["responseTemplates"]["application/json"])
    assert response.get("statusCode") == status
    assert body.keys() == {"success", "error", "code", "retryable", "requestId", "details"}
    assert (body["success"], body["code"], body["requestId"]) == (False, code, "$context.requestId")
    assert response["responseParameters"]["gatewayresponse.header.Access-Control-Allow-Origin"] == "'*'"


def test_two_endpoints_on_one_route_are_refused() -> None:
    twice = [next(declarations(Endpoint))] * 2
    with pytest.raises(ValueError, match="declared twice"):
        api_body(
            title="t",
            endpoints=twice,
            integrations={each.name: Integration("arn", "arn") for each in twice},
            allowed_origins=["*"],
        )


def test_the_access_log_keeps_neither_ids_nor_query_strings(dev: Template) -> None:
    setting = dev.only("AWS::ApiGateway::Stage")["AccessLogSetting"]
    fields = json.loads(setting["Format"])
    assert fields["requestId"] == "$context.requestId"
    assert not {"$context.path", "$context.requestOverride.path"} & set(fields.values())
    assert "querystring" not in setting["Format"].lower()


def test_the_api_is_regional_throttled_and_traced(dev: Template, prod: Template) -> None:
    for template, rate in ((dev, 20), (prod, 500)):
        stage = template.only("AWS::ApiGateway::Stage")
        (every_method,) = stage["MethodSettings"]
        assert template.only("AWS::ApiGateway::RestApi")["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
        assert every_method["ThrottlingRateLimit"] == rate
        assert template.only("AWS::ApiGateway::RestApi")["SecurityPolicy"].startswith(
            "SecurityPolicy_TLS13_1_2_"
        )
        assert not every_method.get("DataTraceEnabled", False)
        assert stage["TracingEnabled"] is True
