"""Real parts for the code that talks to them: Postgres, S3 and the control plane, once per session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import pytest

from shared import settings
from shared.accounts.service import NewKey, create_api_key
from shared.assets.models import Bench
from shared.database import admin_transaction, transaction
from shared.videos import queries
from shared.videos.models import Makers, VideoRequest
from shared.videos.queries import NewVideo
from tests.integration.every_endpoint import Mine, Tenant
from tests.running_stack import RunningStack

LEASE_SECONDS = 60


@pytest.fixture
def new_user(parts: None) -> Callable[[], NewKey]:  # noqa: ARG001 - the parts must be up
    """Makes a user with a key."""

    def make() -> NewKey:
        with admin_transaction() as db:
            return create_api_key(db, "test", None)

    return make


@pytest.fixture
def user(new_user: Callable[[], NewKey]) -> NewKey:
    return new_user()


def add_video(user_id: UUID, **fields: object) -> UUID:
    """A queued video of the draft's."""
    request = VideoRequest.model_validate({"prompt": "A lighthouse keeper", "draft": True, **fields})
    maker = "draft/animatic"
    makers = Makers(story=maker, frame=maker, clip=maker, narration=maker)
    video_id = uuid4()
    with transaction(user_id) as db:
        queries.add_video(db, NewVideo(video_id, user_id, str(video_id), request, makers))
    return video_id


def video_bench(user_id: UUID) -> Bench:
    """A new video, to make something in."""
    video_id = add_video(user_id)
    return Bench(user_id, str(video_id), video_id, None, LEASE_SECONDS)


@pytest.fixture
def make_bench(new_user: Callable[[], NewKey]) -> Callable[[], Bench]:
    """A new user's new video, to make something in."""

    def make() -> Bench:
        return video_bench(new_user().user_id)

    return make


@pytest.fixture
def bench(make_bench: Callable[[], Bench]) -> Bench:
    return make_bench()


@pytest.fixture(scope="module")
def parts_of_the_stack(stack: RunningStack) -> Iterator[None]:
    """The stack's environment, for what is put into storage here."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stack.environment().items():
            patch.setenv(name, value)
        settings._read.cache_clear()
        yield
    settings._read.cache_clear()


@pytest.fixture(scope="module")
def mine(stack: RunningStack, parts_of_the_stack: None) -> Mine:  # noqa: ARG001 - storage is used here
    return Mine(Tenant(stack, "me"))


@pytest.fixture(scope="module")
def stranger(stack: RunningStack) -> Tenant:
    return Tenant(stack, "stranger")
