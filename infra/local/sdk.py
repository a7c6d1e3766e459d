"""boto3's session, with the descriptions of the services that functions call read.

Loaded by the fork server: each process would else read and sort out megabytes of JSON for its first client.
Region, credentials and addresses are not looked up here: a client takes those of its own environment.
"""

from __future__ import annotations

import boto3
import botocore.session

_SERVICES = ("lambda", "s3", "secretsmanager", "stepfunctions")

_session = botocore.session.get_session()
boto3.setup_default_session(botocore_session=_session)
_session.get_component("endpoint_resolver")
for _service in _SERVICES:
    _session.get_service_model(_service)
    _session.get_component("data_loader").load_service_model(_service, "endpoint-rule-set-1")
