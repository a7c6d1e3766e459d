"""The private bucket for everything that is made or uploaded."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.acknowledge import acknowledge, main_resource
from infra.stages import Stage
from shared.assets.keys import INCOMING


class Media(Construct):
    """One bucket. Objects leave it by presigned, expiring URLs alone."""

    def __init__(self, scope: Construct, name: str, *, stage: Stage) -> None:
        super().__init__(scope, name)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            cors=[_browser_access(stage)],
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="leftovers-of-uploads",
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(2),
                ),
                s3.LifecycleRule(id="temporary-objects", prefix=INCOMING, expiration=cdk.Duration.days(1)),
            ],
            auto_delete_objects=not stage.keep_data,
            removal_policy=cdk.RemovalPolicy.RETAIN if stage.keep_data else cdk.RemovalPolicy.DESTROY,
        )
        acknowledge(
            self.bucket,
            "Server access logs would keep the signatures of presigned URLs; who asked for a URL stands in "
            "the API's access log.",
            *("AwsSolutions-S1", "CKV_AWS_18"),
        )
        acknowledge(
            self.bucket,
            "A key is written once, under a name of its own; and what a user deletes must be gone.",
            "CKV_AWS_21",
        )

    @property
    def logical_id(self) -> str:
        """The bucket's name in the template."""
        return cdk.Stack.of(self).get_logical_id(main_resource(self.bucket))


def _browser_access(stage: Stage) -> s3.CorsRule:
    return s3.CorsRule(
        allowed_methods=[s3.HttpMethods.GET, s3.HttpMethods.HEAD, s3.HttpMethods.POST, s3.HttpMethods.PUT],
        allowed_origins=list(stage.allowed_origins),
        allowed_headers=["*"],
        exposed_headers=["ETag", "Content-Length", "Content-Range", "Accept-Ranges"],
        max_age=3600,
    )
