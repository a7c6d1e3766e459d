"""The Regional REST API: one OpenAPI body with every declared route, so that routes cost no resources."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway, aws_iam as iam, aws_lambda as lambda_
from constructs import Construct

from infra.access import allow
from infra.acknowledge import acknowledge
from infra.domain import ApiDomain
from infra.functions import pascal
from infra.log_groups import log_group
from infra.routes import Integration, api_body
from infra.stages import Stage
from shared.lambdas.endpoint import Endpoint

_ACCESS_LOG = {
    "requestId": "$context.requestId",
    "extendedRequestId": "$context.extendedRequestId",
    "traceId": "$context.xrayTraceId",
    "time": "$context.requestTime",
    "sourceIp": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    # The route, not the path: ids stay out, and so does the query string with its signatures.
    "route": "$context.resourcePath",
    "status": "$context.status",
    "responseBytes": "$context.responseLength",
    "latencyMs": "$context.responseLatency",
    "functionStatus": "$context.integration.status",
    "functionLatencyMs": "$context.integration.latency",
    "error": "$context.error.responseType",
}


class Api(Construct):
    """`url` ends without a slash."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        stage: Stage,
        endpoints: Sequence[Endpoint],
        functions: Mapping[str, lambda_.IFunction],
    ) -> None:
        super().__init__(scope, name)
        body = api_body(
            title=stage.stack_name,
            endpoints=endpoints,
            integrations=self._integrations(endpoints, functions),
            allowed_origins=stage.allowed_origins,
        )
        self.rest_api = apigateway.SpecRestApi(
            self,
            "RestApi",
            rest_api_name=stage.stack_name,
            description="Storyreel",
            api_definition=apigateway.ApiDefinition.from_inline(body),
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            fail_on_warnings=True,
            # API Gateway writes logs with a role of the whole account and region.
            cloud_watch_role=True,
            cloud_watch_role_removal_policy=cdk.RemovalPolicy.RETAIN,
            deploy_options=self._options(stage),
        )
        _refuse_old_tls(self.rest_api)
        # Its own output has a name that nobody can foresee; ours is ApiUrl.
        self.rest_api.node.try_remove_child("Endpoint")
        self.url = self._address(stage)
        self._acknowledge(stage)

    def _options(self, stage: Stage) -> apigateway.StageOptions:
        access_log = log_group(
            self,
            stage=stage,
            name=f"/storyreel/{stage.name}/api-access",
            holds="routes, status and addresses of requests, without ids and signatures",
        )
        return apigateway.StageOptions(
            stage_name=stage.name,
            throttling_rate_limit=stage.throttle_per_second,
            throttling_burst_limit=stage.throttle_burst,
            tracing_enabled=True,
            # The API as a whole has metrics anyway; those of each method would be paid for.
            metrics_enabled=False,
            access_log_destination=apigateway.LogGroupLogDestination(access_log),
            access_log_format=apigateway.AccessLogFormat.custom(json.dumps(_ACCESS_LOG)),
        )

    def _address(self, stage: Stage) -> str:
        """The stage's own domain, or else what AWS calls it."""
        if stage.domain is not None:
            return ApiDomain(self, "Domain", domain=stage.domain, api=self.rest_api).url
        host = f"{self.rest_api.rest_api_id}.execute-api.{cdk.Aws.REGION}.{cdk.Aws.URL_SUFFIX}"
        return f"https://{host}/{stage.name}"

    def _integrations(
        self, endpoints: Sequence[Endpoint], functions: Mapping[str, lambda_.IFunction]
    ) -> dict[str, Integration]:
        """How each endpoint is invoked: by the role of its area.

        A role for each area, instead of a permission on each function, which would be a resource more for
        each; and not one for all, whose policy would be longer than IAM takes.
        """
        areas: dict[str, list[Endpoint]] = {}
        for each in endpoints:
            areas.setdefault(each.area, []).append(each)
        roles = {area: _invoker(self, area, [functions[each.name] for each in areas[area]]) for area in areas}
        return {
            each.name: Integration(_integration_uri(self, functions[each.name]), roles[each.area].role_arn)
            for each in endpoints
        }

    def _acknowledge(self, stage: Stage) -> None:
        served = self.rest_api.deployment_stage
        if stage.firewall_requests_per_address is None:
            reason = "A stage to try things on does without a firewall; its throttle and keys hold."
            acknowledge(served, reason, "AwsSolutions-APIG3")
        acknowledge(
            self.rest_api,
            "The functions validate every request, and answer in the API's own error form.",
            "AwsSolutions-APIG2",
        )
        acknowledge(
            self.rest_api.node.find_child("CloudWatchRole"),
            "The policy that API Gateway asks for, for logs of the whole account and region.",
            "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]",
        )
        acknowledge(
            served,
            "Execution logs go to a group that nobody can give an end; the access log, the functions' logs "
            "and traces say the same.",
            "AwsSolutions-APIG6",
        )
        acknowledge(
            served,
            "Answers are a caller's own and change by the second: there is nothing to cache.",
            "CKV_AWS_120",
        )


def _invoker(scope: Construct, area: str, functions: Sequence[lambda_.IFunction]) -> iam.Role:
    arns = [each.function_arn for each in functions]
    return iam.Role(
        scope,
        f"{pascal(area)}Invoker",
        assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
        description=f"API Gateway invokes the endpoints of {area}",
        inline_policies={"invoke": iam.PolicyDocument(statements=[allow(["lambda:InvokeFunction"], *arns)])},
    )


def _integration_uri(scope: Construct, function: lambda_.IFunction) -> str:
    return cdk.Stack.of(scope).format_arn(
        service="apigateway",
        account="lambda",
        resource="path/2015-03-31/functions",
        resource_name=f"{function.function_arn}/invocations",
    )


def _refuse_old_tls(rest_api: apigateway.SpecRestApi) -> None:
    """TLS 1.2 at least, 1.3 with post-quantum key exchange for those who can; by default it is 1.0."""
    resource = rest_api.node.default_child
    if not isinstance(resource, apigateway.CfnRestApi):
        raise TypeError("The API's main resource is no AWS::ApiGateway::RestApi.")
    resource.security_policy = "SecurityPolicy_TLS13_1_2_PQ_2025_09"
    resource.endpoint_access_mode = "STRICT"
