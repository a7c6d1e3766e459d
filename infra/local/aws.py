"""Clients of the local parts: never of the user's own AWS account."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from infra.local.environment import ACCESS_KEY, REGION, SECRET_KEY


@cache
def aws_client(service: str, url: str) -> Any:
    """A client that talks to `url` and tries once. Made once: that takes as long as many a call."""
    return boto3.session.Session().client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(
            connect_timeout=2,
            read_timeout=10,
            retries={"total_max_attempts": 1},
            proxies={},
            s3={"addressing_style": "path"},
        ),
    )
