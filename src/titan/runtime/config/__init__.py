"""The configuration of Titan: one tree of TOML, typed, with every value's origin.

titan.toml                  [run] [simulation] [sentinel] [report] [live] [venues.<name>]
strategies/sentinel.toml    the keys of [sentinel]
instruments/<id>.toml       [instrument], and the keys of [sentinel] that differ there
"""

from titan.runtime.config.live import LiveConfig, VenueConfig, VenuesConfig
from titan.runtime.config.load import SETTINGS, Config, Loaded, explain_config, load_config
from titan.runtime.config.problems import ConfigProblems, Origin, Problem
from titan.runtime.config.schema import (
    BarsConfig,
    FeeConfig,
    FeesConfig,
    InstrumentConfig,
    InstrumentRules,
    LatencyConfig,
    ReportConfig,
    RunConfig,
    SentinelConfig,
    SimulationConfig,
)
from titan.runtime.config.sources import default_path

__all__ = [
    "SETTINGS",
    "BarsConfig",
    "Config",
    "ConfigProblems",
    "FeeConfig",
    "FeesConfig",
    "InstrumentConfig",
    "InstrumentRules",
    "LatencyConfig",
    "LiveConfig",
    "Loaded",
    "Origin",
    "Problem",
    "ReportConfig",
    "RunConfig",
    "SentinelConfig",
    "SimulationConfig",
    "VenueConfig",
    "VenuesConfig",
    "default_path",
    "explain_config",
    "load_config",
]
