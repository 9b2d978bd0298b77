"""`/v1/config`: read, proposed, applied."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody, SkipValidation
from litestar.types import ControllerRouterHandler

from titan.api.auth.audit import Audit
from titan.api.auth.scopes import Scope
from titan.api.control.settings import SettingsDesk
from titan.api.routes.controls import ADMIN, READ, Asked, Logged, audited
from titan.api.shapes.control import ConfigShape, Proposal, ProposalShape
from titan.runtime.secrets.redact import without_passwords

TheSettings = NamedDependency[SkipValidation[SettingsDesk]]


@get("/", opt=READ, sync_to_thread=True)
def shown(settings_desk: TheSettings) -> ConfigShape:
    """Every setting: meaning, unit, rule, value, where that comes from, and when a change takes effect."""
    return settings_desk.shown()


@post("/propose", opt=READ, status_code=200, sync_to_thread=True)
def propose(data: JSONBody[Proposal], settings_desk: TheSettings) -> ProposalShape:
    """What these changes would come to. Looks only; problems are in the answer."""
    return settings_desk.propose(data)


@post("/apply", opt=ADMIN, status_code=200)
async def apply(
    request: Asked, data: JSONBody[Proposal], settings_desk: TheSettings, audit: Logged
) -> ProposalShape:
    """Written into the files; what is hot is taken over by the run at once."""
    text = without_passwords(", ".join(f"{key} = {value}" for key, value in data.changes.items()))
    work = settings_desk.apply(data, request.user.name)
    return await audited(request, audit, Scope.ADMIN, "config", f"{text} ({data.reason})", work)


def config_routes(desk: SettingsDesk, audit: Audit) -> Sequence[ControllerRouterHandler]:
    """All of them, for one configuration."""
    knows = {
        "settings_desk": Provide(lambda: desk, sync_to_thread=False),
        "audit": Provide(lambda: audit, sync_to_thread=False),
    }
    return [Router("/v1/config", route_handlers=[shown, propose, apply], dependencies=knows, tags=["config"])]
