from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from shared.lambdas.http import json_response
from shared.media_sessions.models import (
    SessionAnswer,
    SessionItem,
    SessionJob,
    SessionQuery,
    SessionUpload,
    SessionView,
)
from shared.videos.models import VideoError

LAMBDA_BYTES = 6_000_000
WIDE = "\U0001f600"
"""Twelve bytes where JSON is kept to ASCII: nothing is longer."""

NOW = datetime(2026, 3, 1, 1, 2, 3, 456789, tzinfo=UTC)
ID = UUID(int=2**128 - 1)
STORED: dict[str, Any] = {
    "url": "u" * 4096,  # a presigned address with a session token has about two thousand
    "proxy_url": "p" * 1024,
    "s3_key": "k" * 1024,
    "size_bytes": 10**12,
    "created_at": NOW,
}


def test_the_largest_page_of_a_session_is_one_that_lambda_hands_on() -> None:
    most = SessionQuery.model_validate({"limit": 100}).limit
    item = SessionItem(job_id=ID, index=9999, prompt=WIDE * 200, **STORED)
    upload = SessionUpload(upload_id=ID, kind="final_video", file_name=WIDE * 255, **STORED)
    error = VideoError(code="c" * 100, message=WIDE * 500, scene=60)
    job = SessionJob(job_id=ID, piece="video", state="failed", title=WIDE * 200, error=error, created_at=NOW)
    session = SessionView(
        request_id="r" * 64,
        title=WIDE * 200,
        prompt=WIDE * 200,
        state="failed",
        kind="nothing",
        frames=60_000,
        clips=60_000,
        videos=1000,
        image_url="u" * 4096,
        created_at=NOW,
        updated_at=NOW,
        frame_items=[item] * most,
        clip_items=[item] * most,
        final_video=item,
        upload_items=[upload] * most,
        jobs=[job] * most,
        next_cursor="c" * 1000,
        expires_in=604_800,
        url_expires_in=21_600,
    )
    response = json_response(SessionAnswer(session=session), 200, {})
    assert 1_000_000 < len(json.dumps(response)) < LAMBDA_BYTES
