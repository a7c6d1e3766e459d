"""Rows of another version of this code: while a deployment rolls out, or is taken back, both read them."""

from __future__ import annotations

from typing import Any

import pytest

from shared.assets.models import Bench
from shared.database import admin_transaction, transaction
from shared.videos import list_queries, queries, service, views
from shared.videos.models import VideoError
from tests.integration.videos.test_one_execution import with_story

FAILURE = VideoError(code="task_failed", message="Broke.")


def test_an_error_is_stored_without_what_it_does_not_say(bench: Bench) -> None:
    with_story(bench.user_id, bench.video_id)
    with transaction(bench.user_id) as db:
        queries.set_scene_error(db, bench.video_id, 1, FAILURE)
        queries.finish(db, bench.video_id, "failed", FAILURE)
        row = db.execute(
            "select v.error, s.error as of_scene from video_sessions v"
            " join video_scenes s on s.video_id = v.id where s.number = 1"
        ).fetchone()
    said = {"code": "task_failed", "message": "Broke."}
    assert row == {"error": said, "of_scene": said}


@pytest.mark.parametrize("column", ["request", "makers", "error", "sheet"])
def test_a_field_that_only_a_later_version_knows_is_passed_over(bench: Bench, column: str) -> None:
    with_story(bench.user_id, bench.video_id)
    with transaction(bench.user_id) as db:
        queries.set_scene_error(db, bench.video_id, 1, FAILURE)
        queries.finish(db, bench.video_id, "failed", FAILURE)
    with admin_transaction() as db:
        later: Any = (
            f"update video_sessions set {column} = {column} || '{{\"ofTomorrow\": null}}' where id = %s"
        )
        db.execute(later, [bench.video_id])
        db.execute(
            "update video_scenes set error = error || '{\"ofTomorrow\": null}' where video_id = %s",
            [bench.video_id],
        )
    view = service.view_video(bench.user_id, bench.video_id)
    assert (view.error, view.scenes[0].error) == (FAILURE, FAILURE)
    with transaction(bench.user_id) as db:
        assert queries.first_scene_error(db, bench.video_id) == FAILURE
        (row,) = list_queries.list_videos(1, None).all(db)
    assert views.summary(row).state == "failed"
