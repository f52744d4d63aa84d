"""What the channel is told about an Azure bot."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TeamsSettings:
    """One Azure bot. The password is left out of the repr."""

    app_id: str = ""
    """Microsoft App ID; without it requests are not authenticated, and only this machine may send them."""
    app_password: str = field(default="", repr=False)
    tenant: str = ""
    """Of a single-tenant bot; empty for a multi-tenant one."""
    service_urls: tuple[str, ...] = ()
    """Service URLs to trust besides Microsoft's."""
    connector_override: str = ""
    """For development: every send goes here, whatever the activity's service URL says."""
    timeout: float = 15.0
    """Seconds for one send, connecting included."""
