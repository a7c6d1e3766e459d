"""POST /api/webhooks/job-secret/rotate."""

from __future__ import annotations

from shared.lambdas.access import Access
from shared.lambdas.endpoint import Call, endpoint
from shared.webhooks import service
from shared.webhooks.models import RotateSecret, SecretRotated


@endpoint("POST", "/api/webhooks/job-secret/rotate", needs={Access.SIGNING})
def rotate_job_secret(body: RotateSecret, call: Call) -> SecretRotated:
    """Get the secret of the webhooks that you name with one job (`webhookUrl`), or replace it.

    They are all signed with it. It is shown once; without this call they are signed with one that
    nobody has seen.
    """
    return service.rotate_job_secret(call.user_id, body.grace_hours, call.idempotency)
