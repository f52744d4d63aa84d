"""What the channel is told about an Azure bot."""

from dataclasses import dataclass, field
from typing import Final

METADATA: Final = "https://login.botframework.com/v1/.well-known/openidconfiguration"
LOGIN: Final = "https://login.microsoftonline.com"
GRAPH: Final = "https://graph.microsoft.com"
GOVERNMENT: Final = "https://smba.infra.gcc.teams.microsoft.com/teams"


@dataclass(frozen=True, slots=True)
class TeamsSettings:
    """One Azure bot. The password is left out of the repr."""

    app_id: str = ""
    """Microsoft App ID; without it requests are not authenticated, and only this machine may send them."""
    app_ids: tuple[str, ...] = ()
    """Further app ids under which this bot is addressed. Where none is named, activities to any bot are taken."""
    app_password: str = field(default="", repr=False)
    tenant: str = ""
    """Of a single-tenant bot; empty for a multi-tenant one."""
    service_urls: tuple[str, ...] = ()
    """Service URLs to trust besides Microsoft's, with what lies under them."""
    connector_override: str = ""
    """For development: every send goes here, whatever the activity's service URL says."""
    answers_loopback: bool = False
    """For development, without an app id: what came from this machine is answered at its own service URL instead."""
    timeout: float = 15.0
    """Seconds for one send, connecting included."""
    metadata: str = METADATA
    """Where the Bot Framework says which keys sign its tokens."""
    login: str = LOGIN
    """Where our own access tokens come from."""
    graph: str = GRAPH
    """Microsoft Graph; national clouds have their own."""
    looks_up: bool = False
    """Whether people may be looked up in Microsoft Graph, which takes a permission that the tenant grants."""
    government: str = GOVERNMENT
    """The connector for tenants of the US government cloud, which the common one sends away."""
