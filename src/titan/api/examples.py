"""An example of any document, by its schema: fields of a name have the same value everywhere."""

from __future__ import annotations

from typing import Any, Final

Schema = dict[str, Any]
NOW_MS: Final = 1_795_310_968_288.0
_ID: Final = "c5e2586a6e-sentinel.BTC-2-entry"
WHOLE: Final[dict[str, Any]] = {
    "AuditRow": {
        "at_ms": NOW_MS, "who": "anna", "scope": "trade", "what": "pause",
        "text": "all (lunch): all entries paused",
        "ok": True, "address": "127.0.0.1",
    },
    "ChangeShape": {"key": "sentinel.entry_z", "before": 2.0, "after": 2.4, "applies": "hot"},
    "Code": {"code": "492039"},
    "Confirmed": {"confirm": "PANIC", "reason": "the venue lies"},
    "ControlShape": {"control": "pause", "state": "done", "text": "all entries paused", "at_ms": NOW_MS},
    "FirstUser": {"token": "mint-harbour-42", "name": "anna", "password": "correct horse battery"},
    "Imposition": {"name": "upgrade", "mode": "reduce-only", "reason": "they said so", "venue": "binance"},
    "MeShape": {"name": "anna", "scopes": ["read", "trade"], "needs_totp": False, "expires_ms": NOW_MS},
    "NewUser": {"name": "bert", "password": "another horse battery", "scopes": ["read"]},
    "PanicShape": {
        "state": "flat", "name": "panic-1", "lines": ["binance: 2 orders cancelled"], "flat": ["binance"],
        "open": {}, "began_ms": NOW_MS, "ended_ms": NOW_MS, "ready": True,
    },
    "PasswordChange": {"before": "correct horse battery", "after": "another horse battery"},
    "ProblemShape": {"key": "sentinel.entry_z", "text": "-1: above 0", "remedy": ""},
    "Proposal": {"changes": {"sentinel.entry_z": 2.4}, "version": "9f3b1c", "reason": "calm markets"},
    "Reason": {"reason": "lunch", "strategy": ""},
    "Session": {
        "access": "eyJhbGciOiJIUzI1NiJ9.e30.signature", "expires_ms": NOW_MS, "name": "anna",
        "scopes": ["read", "trade"], "totp": False, "needs_totp": False,
    },
    "SettingShape": {
        "key": "sentinel.entry_z", "section": "sentinel",
        "meaning": "How far the basis stands off for an entry.",
        "unit": "deviations", "kind": "number", "value": 2.0, "default": 2.0,
        "source": "config/demo/titan.toml:12",
        "rule": "a number above 0", "applies": "hot",
    },
    "SignIn": {"name": "anna", "password": "correct horse battery", "code": ""},
    "TotpShape": {"uri": "otpauth://totp/Titan:anna?secret=JBSWY3DP&issuer=Titan", "secret": "JBSWY3DP"},
    "UserRow": {
        "name": "anna", "scopes": ["read", "trade"], "totp": True, "created_ms": NOW_MS, "last_ms": NOW_MS,
    },
}  # fmt: skip
"""Documents that are told better whole, by the name of their schema."""
VALUES: Final[dict[str, Any]] = {
    "action": "hold", "address": "127.0.0.1", "age_s": 0.4, "aggregate": "1m", "allows": "reduce-only",
    "amount": "2500", "applies": "hot", "ask": 60010.6, "asset": "USDT", "at_ns": "1795310968288282985",
    "average": "60010.5", "base": "BTC", "basis": 21.4, "bid": 60010.4, "by": "anna", "channel": "status",
    "client_id": "t0a1b2c3d4e5f6g7h8i9j0k1l2", "connections": 3, "cost": "0.4", "count": 12,
    "covers": {"venue": "binance"}, "delta": "-11.97", "deployable": "45005.5", "deployed": "6001.05",
    "drawdown": 0.0012, "entries": 771, "entry": "60000.5", "entry_basis": 23.1, "epoch": "5f1c09ab77e2",
    "equity": "47500.1", "exit_basis": 4.2, "fee": "0.6", "fee_asset": "USDT", "fees": {"USDT": "0.6"},
    "figures": {"z": 2.31, "basis": 21.4}, "file": "config/demo/titan.toml", "filled": "0.004",
    "freshness": "live", "gate": "collar", "id": _ID, "instrument": "binance.perp.BTCUSDT", "intent_id": _ID,
    "key": "771", "kind": "pair", "label": "fill", "limit": 3.0, "liquidity": "taker", "live": 3,
    "lot": "0.001",
    "mark": "60130.2", "mean": 19.95, "mid": 60010.5, "mode": "paper", "name": "sentinel",
    "nav": "100012.3456",
    "notional": "6013.02", "numbers": {"bps": "51"}, "op": "snapshot", "outcome": "entered",
    "owner": "BTC:core:1", "pair": "BTC", "perp": "binance.perp.BTCUSDT",
    "place": "config/demo", "pnl": {"funding": "0.9015", "fees": "-25.05"}, "price": "60010.5",
    "purpose": "entry", "quote": "USDT", "reason": "funding forecast 10.9% a year",
    "refusals": {"collar: price moved": 1}, "run_id": "c5e2586a6e", "saga": _ID, "scope": "read", "seq": 771,
    "share": 0.42, "side": "buy", "size": "0.012", "source": "binance.spot",
    "sources": {"funding": "0.9015", "fees": "-25.05"}, "spot": "binance.spot.BTCUSDT",
    "stage": "tick to order", "start_nav": "100000", "state": "trading", "step": "clip", "store": "titan.db",
    "strategy": "sentinel", "subject": "BTC", "target": "binance.perp",
    "text": "buy 0.012 binance.perp.BTCUSDT",
    "tick": "0.1", "tif": "ioc", "total": "11.45", "trace": _ID, "type": "core", "unit": "times",
    "uptime_s": 3600.0, "used": 1.26, "value": "721.6", "venue": "binance", "version": 17,
    "wallet": "binance.perp", "weight": "warning", "what": "fill", "who": "anna", "z": 0.42,
}  # fmt: skip
"""Of fields, by name; one that does not fit the schema is left."""
_DEEPEST: Final = 8


def example(schema: Schema, known: dict[str, Schema], name: str = "", depth: int = 0) -> Any:
    """`known` are the schemas that others name; `name` is the field that it is for."""
    if "$ref" in schema:
        of = str(schema["$ref"]).rpartition("/")[2]
        if of in WHOLE:
            return WHOLE[of]
        schema = known.get(of, {})
    for several in ("oneOf", "anyOf"):
        if several in schema:
            return example(schema[several][0], known, name, depth)
    kind = schema.get("type")
    kind = next((one for one in kind if one != "null"), "null") if isinstance(kind, list) else kind
    if "enum" in schema:
        return schema["enum"][0]
    if kind == "object" or "properties" in schema:
        return _object(schema, known, name, depth)
    if kind == "array":
        return _array(schema, known, name, depth)
    return _plain(kind, name)


def _object(schema: Schema, known: dict[str, Schema], name: str, depth: int) -> dict[str, Any]:
    if depth >= _DEEPEST:
        return {}
    parts = schema.get("properties")
    if parts is None:
        value = VALUES.get(name)
        return value if isinstance(value, dict) else {}
    return {field: example(part, known, field, depth + 1) for field, part in parts.items()}


def _array(schema: Schema, known: dict[str, Schema], name: str, depth: int) -> list[Any]:
    if depth >= _DEEPEST:
        return []
    if "prefixItems" in schema:
        return [example(part, known, name, depth + 1) for part in schema["prefixItems"]]
    items = schema.get("items")
    return [example(items, known, name.removesuffix("s"), depth + 1)] if isinstance(items, dict) else []


def _plain(kind: Any, name: str) -> Any:
    value = VALUES.get(name)
    if kind == "string":
        return value if isinstance(value, str) else ""
    if kind == "boolean":
        return False
    if name.endswith("_ms") and kind == "number":
        return NOW_MS
    if kind in ("number", "integer"):
        number = value if isinstance(value, int | float) and not isinstance(value, bool) else 0
        return int(number) if kind == "integer" else float(number)
    return None
