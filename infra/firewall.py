"""AWS WAF before the API: known attackers, known exploits, and addresses that ask too much."""

from __future__ import annotations

from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from infra.stages import Stage

# Not the common rule set: it refuses bodies over 8 KB and prompts that look like HTML or paths.
_MANAGED_RULES = ("AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet")


class Firewall(Construct):
    """A web ACL on a stage of a REST API."""

    def __init__(
        self, scope: Construct, name: str, *, stage: Stage, api_stage_arn: str, requests_per_address: int
    ) -> None:
        super().__init__(scope, name)
        acl = wafv2.CfnWebACL(
            self,
            "WebAcl",
            name=stage.stack_name,
            scope="REGIONAL",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_metrics(stage.stack_name),
            rules=[_rate(requests_per_address), *(_managed(*each) for each in enumerate(_MANAGED_RULES, 1))],
        )
        wafv2.CfnWebACLAssociation(self, "Association", resource_arn=api_stage_arn, web_acl_arn=acl.attr_arn)


def _rate(requests: int) -> wafv2.CfnWebACL.RuleProperty:
    return wafv2.CfnWebACL.RuleProperty(
        name="requests-per-address",
        priority=0,
        action=wafv2.CfnWebACL.RuleActionProperty(block={}),
        statement=wafv2.CfnWebACL.StatementProperty(
            rate_based_statement=wafv2.CfnWebACL.RateBasedStatementProperty(
                aggregate_key_type="IP", limit=requests, evaluation_window_sec=300
            )
        ),
        visibility_config=_metrics("requests-per-address"),
    )


def _managed(priority: int, name: str) -> wafv2.CfnWebACL.RuleProperty:
    return wafv2.CfnWebACL.RuleProperty(
        name=name,
        priority=priority,
        override_action=wafv2.CfnWebACL.OverrideActionProperty(none={}),
        statement=wafv2.CfnWebACL.StatementProperty(
            managed_rule_group_statement=wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(
                vendor_name="AWS", name=name
            )
        ),
        visibility_config=_metrics(name),
    )


def _metrics(name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
