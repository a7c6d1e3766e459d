"""Bring the database's schema up to date."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from shared.aws import secret
from shared.database import admin_transaction
from shared.lambdas.access import Access
from shared.lambdas.operation import Trigger, operation
from shared.log import logger
from shared.migrate import ensure_limits, ensure_role, migrate
from shared.settings import DatabaseAdminSettings, settings


class Deployment(BaseModel):
    """What a deployment says: nothing that matters here."""

    model_config = ConfigDict(extra="ignore")


class Migrated(BaseModel):
    """The files that were new."""

    applied: list[str]


@operation(Trigger.DEPLOY, needs={Access.DATABASE_ADMIN}, timeout_seconds=300)
def migrate_database(deployment: Deployment) -> Migrated:  # noqa: ARG001 - the event says nothing
    """Bring the database's schema up to date, and the roles in line with their secrets."""
    access = settings(DatabaseAdminSettings)
    roles = (
        (secret(access.secret_arn), access.api_connections, access.api_idle_seconds),
        (secret(access.operator_secret_arn), access.operator_connections, access.operator_idle_seconds),
    )
    with admin_transaction() as db:
        for login, connections, idle_seconds in roles:
            ensure_role(db, login["username"], login["password"], connections)
            ensure_limits(db, login["username"], idle_session_timeout=f"{idle_seconds}s")
        ensure_limits(db, db.info.user)
    applied = migrate()
    logger().info("database migrated", extra={"applied": applied})
    return Migrated(applied=applied)
