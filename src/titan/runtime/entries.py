"""Every type of entry that this version writes into a journal, and so can read back from one."""

from __future__ import annotations

from typing import Final

import msgspec

from titan.execution.sagas.table import OUTCOMES, STEPS, WISHES
from titan.model.events import AmendAsked, Contradicted, OrderReport, Refused, Submitted, Transfer
from titan.model.fill import Fill, FundingPayment
from titan.model.guard import DayOpened, DeltaReached, DrawdownReached, MarginStep
from titan.model.listing import Listing
from titan.model.pair import HaltIntent
from titan.model.recovery import Baseline, Deposited, Latched, PanicEnded, PanicStep, Rearmed, Reconciled
from titan.model.restraint import Imposed, Lifted
from titan.model.routing import Routed
from titan.model.run import RunBegan, RunStopped
from titan.model.settled import Settled
from titan.model.signal import Intent, Signal
from titan.model.valuation import Valued
from titan.model.wake import RunSettings, SettingsChanged, Woke
from titan.runtime.session import RunEnded, RunStarted
from titan.runtime.trading.stages import Way

TYPES: Final[tuple[type[msgspec.Struct], ...]] = (
    AmendAsked, Baseline, Contradicted, DayOpened, DeltaReached, Deposited, DrawdownReached, Fill,
    FundingPayment, HaltIntent, Imposed, Intent, Latched, Lifted, Listing, MarginStep, OrderReport,
    PanicEnded, PanicStep, Rearmed, Reconciled, Refused, Routed, RunBegan, RunEnded, RunSettings, RunStarted,
    RunStopped, Settled, SettingsChanged, Signal, Submitted, Transfer, Valued, Way, Woke,
    *WISHES, *OUTCOMES, *STEPS,
)  # fmt: skip
