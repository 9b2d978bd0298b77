"""All that a gateway has, put together once: authority, controls, settings."""

from __future__ import annotations

from collections.abc import Callable

from titan.api.auth.authority import Authority
from titan.api.auth.routes import parts_of
from titan.api.control.desk import Desk, Supervisor
from titan.api.control.settings import SettingsDesk
from titan.api.control.standby import Target
from titan.api.gateway import Parts
from titan.api.routes.config import config_routes
from titan.api.routes.controls import control_routes


def whole_of(
    authority: Authority, target: Callable[[], Target | None], supervisor: Supervisor | None = None
) -> Parts:
    """`target` says which run is meant, None while nobody knows; `supervisor` can start it again."""
    desk = Desk(target, authority.now, supervisor)
    settings = SettingsDesk(target, authority.now)
    routes = [*control_routes(desk, authority.audit), *config_routes(settings, authority.audit)]
    return parts_of(authority, routes, [desk.standby.run])
