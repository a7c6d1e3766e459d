"""Where webhooks may be."""

from __future__ import annotations

from shared.net import WayOut
from shared.settings import WebhookSettings, settings


def way_out() -> WayOut:
    """How webhooks are reached in this deployment."""
    return WayOut(loopback_allowed=settings(WebhookSettings).loopback_allowed)


def check_url(url: str) -> None:
    """Refuse an address where no webhook can be. Raises AddressRefused.

    Where its name leads is looked up when something is sent, each time anew: that is what counts.
    """
    way_out().check(url)
