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
    MEDIA_WRITE = "media_write"
    MEDIA_DELETE = "media_delete"

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
