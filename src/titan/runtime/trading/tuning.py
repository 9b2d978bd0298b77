"""Settings that an operator changes while the run runs: checked, written down, and in force from then on.

The mark that is written behind them says after which row they are; a replay takes them over there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from titan.model.wake import SettingsChanged, Why
from titan.runtime.config.changing import changed, written

if TYPE_CHECKING:
    from titan.runtime.trading.run import Run


def take_over(run: Run, asked: SettingsChanged) -> bool:
    """False where nothing is another. Raises ConfigError for what a running run cannot take over; then
    nothing was written down and all is as it was.
    """
    changes = written(changed(run.config, asked.changes), asked.changes)
    config = changed(run.config, changes)  # from what is written down, as a replay will
    setting = run.setting(config)
    if config == run.config:
        return False
    run.journal(msgspec.structs.replace(asked, changes=changes))
    run.mark(Why.SETTINGS)
    run.config = config
    run.parts.retune(setting)
    return True
