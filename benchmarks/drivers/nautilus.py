"""What the drivers of nautilus_trader share: instruments, venues, an engine without logging."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from nautilus_trader.backtest.config import BacktestEngineConfig
from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.common.config import LoggingConfig
from nautilus_trader.config import RiskEngineConfig
from nautilus_trader.model.currencies import BTC, USDT
from nautilus_trader.model.identifiers import InstrumentId, Symbol, TraderId, Venue
from nautilus_trader.model.instruments import CryptoPerpetual, CurrencyPair
from nautilus_trader.model.objects import Price, Quantity

PERP_VENUE = Venue("PERP")
SPOT_VENUE = Venue("SPOT")


def perp(maker_fee: float, taker_fee: float) -> CryptoPerpetual:
    """BTCUSDT perpetual: tick 0.1, lot 0.001."""
    return CryptoPerpetual(
        instrument_id=InstrumentId(Symbol("BTCUSDT-PERP"), PERP_VENUE),
        base_currency=BTC,
        settlement_currency=USDT,
        is_inverse=False,
        **_rules("0.1", "0.001", maker_fee, taker_fee),
    )


def spot(maker_fee: float, taker_fee: float) -> CurrencyPair:
    """BTCUSDT spot: tick 0.01, lot 0.00001."""
    return CurrencyPair(
        instrument_id=InstrumentId(Symbol("BTCUSDT"), SPOT_VENUE),
        base_currency=BTC,
        **_rules("0.01", "0.00001", maker_fee, taker_fee),
    )


def _rules(tick: str, lot: str, maker_fee: float, taker_fee: float) -> dict[str, Any]:
    price, size = Price.from_str(tick), Quantity.from_str(lot)
    return {
        "raw_symbol": Symbol("BTCUSDT"),
        "quote_currency": USDT,
        "price_precision": price.precision,
        "price_increment": price,
        "size_precision": size.precision,
        "size_increment": size,
        "min_quantity": size,
        "max_quantity": None,
        "min_notional": None,
        "max_notional": None,
        "min_price": None,
        "max_price": None,
        "margin_init": Decimal("0.05"),
        "margin_maint": Decimal("0.025"),
        "maker_fee": Decimal(str(maker_fee)),
        "taker_fee": Decimal(str(taker_fee)),
        "ts_event": 0,
        "ts_init": 0,
    }


def engine(*, analysis: bool = False, risk: RiskEngineConfig | None = None) -> BacktestEngine:
    """A backtest engine that writes no log."""
    return BacktestEngine(
        BacktestEngineConfig(
            trader_id=TraderId("BENCH-001"),
            logging=LoggingConfig(bypass_logging=True),
            run_analysis=analysis,
            risk_engine=risk,
        )
    )
