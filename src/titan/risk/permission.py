"""Gates that ask whether it may be done at all: who forbade it, until when it may, whether it was done."""

from __future__ import annotations

from titan.model.signal import Intent, Purpose
from titan.risk.decision import ALLOW, Decision, Reason, cap, refuse
from titan.risk.overrides import FREE, Mode
from titan.risk.standing import Limits, Standing


def override(intent: Intent, standing: Standing, _limits: Limits) -> Decision:
    """No-trading stops all; reduce-only and close stop entries; a scale makes entries smaller."""
    if standing.override is FREE:
        return ALLOW
    mode, factor = standing.override.mode, standing.override.factor
    if mode is Mode.NO_TRADING:
        return refuse("override", Reason.NO_TRADING, mode=mode.name, by=", ".join(standing.imposed))
    if intent.purpose is not Purpose.ENTRY:
        return ALLOW
    if mode is not Mode.SCALE:
        return refuse("override", Reason.REDUCE_ONLY, mode=mode.name, by=", ".join(standing.imposed))
    return cap(
        intent.lots, int(intent.lots * factor), "override", Reason.SCALED, scale=factor, lots=intent.lots
    )


def duplicate(intent: Intent, standing: Standing, _limits: Limits) -> Decision:
    if intent.id in standing.seen:
        return refuse("duplicate", Reason.DUPLICATE, intent=intent.id)
    return ALLOW


def lease(intent: Intent, standing: Standing, _limits: Limits) -> Decision:
    """BRN-5: nothing opens on a lease that has lapsed, or where nobody knows the time."""
    until, now = standing.lease_until_ns, standing.now_ns
    if until is None or intent.purpose is not Purpose.ENTRY or (now is not None and now < until):
        return ALLOW
    return refuse("lease", Reason.LEASE_LAPSED, until_ns=until, now_ns=now)


def in_time(intent: Intent, standing: Standing, _limits: Limits) -> Decision:
    """What is good until a moment is not sent after it, nor where nobody knows the time."""
    until, now = intent.until_ns, standing.now_ns
    if not until or (now is not None and now < until):
        return ALLOW
    return refuse("time", Reason.EXPIRED, until_ns=until, now_ns=now)
