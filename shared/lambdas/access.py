"""What a function may touch, and what it brings along. `infra/access.py` makes rights of it."""

from __future__ import annotations

from enum import StrEnum


class Access(StrEnum):
    """One right. A function has those that it declares and no others."""

    DATABASE = "database"
    """Rows of the caller's, as the role that row-level security binds."""

    DATABASE_OPERATOR = "database_operator"
    """Rows of everybody's, as far as the deployment's own chores go: see `0018_operator_role.sql`."""

    DATABASE_ADMIN = "database_admin"
    """The owner of the schema, and the passwords of the other roles: migrations alone."""

    MEDIA_READ = "media_read"
    """Whatever users see: all folders of `shared.assets.keys`, without what is unusable or on its way."""
    MEDIA_DELETE = "media_delete"
    """All folders, and what is on its way."""

    STORIES_READ = "stories_read"
    STORIES_WRITE = "stories_write"
    FRAMES_READ = "frames_read"
    """Frames that were drawn, and pictures of the user's in their place."""
    FRAMES_WRITE = "frames_write"
    CLIPS_READ = "clips_read"
    """Clips, segments, cuts and what goes with them; and clips of the user's in their place."""
    CLIPS_WRITE = "clips_write"
    NARRATION_READ = "narration_read"
    NARRATION_WRITE = "narration_write"

    UPLOADS_READ = "uploads_read"
    """What users send, and what of it is on its way: below `tmp/` and in `user-uploads/`."""
    UPLOADS_WRITE = "uploads_write"
    UPLOADS_DELETE = "uploads_delete"

    START_WORKFLOW = "start_workflow"
    STOP_WORKFLOW = "stop_workflow"
    """Stop an execution, and look whether one still runs."""

    SIGNING = "signing"
    """Read the deployment's own secret: seal and open keys, sign tokens and addresses."""

    WEBHOOKS = "webhooks"
    """Start the delivery of webhooks."""

    PROVIDERS = "providers"
    """Read the providers' keys, and reach the providers."""


class Layer(StrEnum):
    """One Lambda layer. A function brings those along that it can import something from."""

    CORE = "core"
    """What every function has: validation, logs, the database's driver."""

    CLIENTS = "clients"
    """The providers' own clients."""

    CRYPTO = "crypto"
    """Tokens, passwords, encryption. Every endpoint has it: any caller may sign in with a token."""

    IMAGING = "imaging"
    """Pictures, and looking into media files."""

    FFMPEG = "ffmpeg"
