"""Which of the four kinds an error is: the table that decides whether money may be at stake unseen."""

from __future__ import annotations

import json

import aiohttp
import ccxt
import pytest

from titan.model.errors import VenueBusy, VenueFatal, VenueRefused, VenueUnknown
from titan.venues.gateway.errors import Answer, Doing, venue_error

CHANGE, QUERY = Doing.CHANGE, Doing.QUERY


def _caused(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


def _refused_connection() -> BaseException:
    key = aiohttp.client_reqrep.ConnectionKey("127.0.0.1", 1, False, None, None, None, None)
    return aiohttp.ClientConnectorError(key, OSError(111, "refused"))


def _answer(status: int, body: object = "", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, body if isinstance(body, str) else json.dumps(body))


@pytest.mark.parametrize(
    ("venue", "error", "answer"),
    [
        ("binance", _caused(ccxt.RequestTimeout("x"), TimeoutError()), Answer()),
        ("binance", _caused(ccxt.ExchangeNotAvailable("x"), aiohttp.ServerDisconnectedError()), Answer()),
        ("binance", _caused(ccxt.ExchangeError("x"), aiohttp.ClientPayloadError()), Answer()),
        ("binance", ccxt.ExchangeNotAvailable("x"), _answer(503, "<html>")),
        ("binance", ccxt.RequestTimeout("x"), _answer(504)),
        ("binance", ccxt.ExchangeError("x"), _answer(400, {"code": -1007, "msg": "Timeout"})),
        ("bybit", ccxt.ExchangeError("x"), _answer(200, {"retCode": 10016, "retMsg": "Server error."})),
        ("okx", ccxt.ExchangeNotAvailable("x"), _answer(200, {"code": "50004", "msg": "Endpoint timeout"})),
        (
            "okx",
            ccxt.InvalidOrder("x"),
            _answer(200, {"code": "1", "data": [{"sCode": "51149", "sMsg": "t"}]}),
        ),
        ("kraken", ccxt.ExchangeNotAvailable("x"), _answer(200, {"error": ["EService:Unavailable"]})),
        ("kraken", ccxt.ExchangeError("x"), _answer(200, {"error": ["EGeneral:Internal error:1f3a"]})),
        ("kraken", ccxt.ExchangeNotAvailable("x"), _answer(200, {"error": ["EDatabase:Internal error"]})),
        ("bybit", ccxt.InvalidOrder("x"), _answer(200, {"retCode": 170146, "retMsg": "creation timeout"})),
        ("bybit", ccxt.InvalidOrder("x"), _answer(200, {"retCode": 170147, "retMsg": "cancel timeout"})),
        ("bybit", ccxt.ExchangeError("x"), _answer(200, {"retCode": 131003, "retMsg": "Internal error"})),
        ("okx", ccxt.ExchangeNotAvailable("x"), _answer(429, {"code": "50013", "msg": "Systems are busy"})),
        ("mexc", ccxt.ExchangeNotAvailable("x"), _answer(200, {"success": False, "code": 503})),
        ("mexc", ccxt.BadResponse("x"), _answer(200, "not json")),
        ("bybit", KeyError("result"), _answer(200, {"retCode": 0})),
    ],
)
def test_an_order_whose_answer_is_lost_is_in_doubt_and_a_query_is_only_busy(
    venue: str, error: BaseException, answer: Answer
) -> None:
    assert isinstance(venue_error(venue, error, answer, CHANGE), VenueUnknown)
    assert isinstance(venue_error(venue, error, answer, QUERY), VenueBusy)


@pytest.mark.parametrize(
    "error",
    [
        _caused(ccxt.ExchangeNotAvailable("x"), _refused_connection()),
        _caused(ccxt.RequestTimeout("x"), aiohttp.ConnectionTimeoutError()),
    ],
)
def test_what_never_left_may_be_sent_again(error: BaseException) -> None:
    assert isinstance(venue_error("okx", error, Answer(), CHANGE), VenueBusy)


@pytest.mark.parametrize(
    ("venue", "error", "answer", "seconds"),
    [
        ("binance", ccxt.DDoSProtection("x"), _answer(429, {"code": -1003}, Retry_After="7"), 7),
        ("binance", ccxt.DDoSProtection("x"), _answer(418, {"code": -1003}, retry_after="180"), 180),
        ("binance", ccxt.DDoSProtection("x"), _answer(418), 120),
        ("bybit", ccxt.RateLimitExceeded("x"), _answer(200, {"retCode": 10006, "retMsg": "Too many"}), 1),
        ("bybit", ccxt.RateLimitExceeded("x"), _answer(403, "access too frequent"), 600),
        ("okx", ccxt.RateLimitExceeded("x"), _answer(429, {"code": "50011", "msg": "Too Many Requests"}), 1),
        ("okx", ccxt.ExchangeNotAvailable("x"), _answer(429), 1),
        ("kraken", ccxt.DDoSProtection("x"), _answer(200, {"error": ["EAPI:Rate limit exceeded"]}), 3),
        ("kraken", ccxt.DDoSProtection("x"), _answer(200, {"error": ["EGeneral:Temporary lockout"]}), 900),
        (
            "kraken",
            ccxt.ExchangeError("x"),
            _answer(200, {"error": ["EOrder:Domain rate limit exceeded"]}),
            1,
        ),
        ("binance", ccxt.OperationFailed("x"), _answer(503, {"code": -1008, "msg": "throttled"}), 1),
        ("bybit", ccxt.ExchangeError("x"), _answer(200, {"retCode": 429, "retMsg": "high server load"}), 1),
        ("bybit", ccxt.InvalidOrder("x"), _answer(200, {"retCode": 110079, "retMsg": "is processing"}), 1),
        ("bybit", ccxt.InvalidOrder("x"), _answer(200, {"retCode": 170191, "retMsg": "try again later"}), 1),
        ("okx", ccxt.ExchangeError("x"), _answer(200, {"code": "50040", "msg": "Too frequent"}), 1),
        ("mexc", ccxt.RateLimitExceeded("x"), _answer(200, {"success": False, "code": 510}), 1),
    ],
)
def test_too_many_requests_is_busy_for_as_long_as_the_venue_says(
    venue: str, error: BaseException, answer: Answer, seconds: int
) -> None:
    for doing in Doing:
        found = venue_error(venue, error, answer, doing)
        assert isinstance(found, VenueBusy)
        assert found.retry_after_ns == seconds * 10**9


@pytest.mark.parametrize("space", ["", " "])
def test_kraken_says_until_when_it_throttles(space: str) -> None:
    now_s = 1_700_000_000
    answer = _answer(200, {"error": [f"EService:{space}Throttled:{space}{now_s + 12}"]})
    found = venue_error("kraken", ccxt.ExchangeError("x"), answer, CHANGE, now_ns=now_s * 10**9)
    assert isinstance(found, VenueBusy)
    assert found.retry_after_ns == 12 * 10**9


def test_bybit_says_when_its_window_ends() -> None:
    answer = _answer(200, {"retCode": 10006}, X_Bapi_Limit_Reset_Timestamp="1700000002500")
    found = venue_error(
        "bybit", ccxt.RateLimitExceeded("x"), answer, CHANGE, now_ns=1_700_000_000_000_000_000
    )
    assert isinstance(found, VenueBusy)
    assert found.retry_after_ns == 2_500_000_000


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (ccxt.InsufficientFunds("x"), _answer(400, {"code": -2010, "msg": "insufficient balance"})),
        (ccxt.InvalidOrder("x"), _answer(400, {"code": -1013, "msg": "Filter failure: LOT_SIZE"})),
        (ccxt.OrderNotFound("x"), _answer(400, {"code": -2011, "msg": "Unknown order sent."})),
        (ccxt.InvalidNonce("x"), _answer(400, {"code": -1021, "msg": "Timestamp outside recvWindow"})),
        (ccxt.PermissionDenied("x"), _answer(400, {"code": -2015, "msg": "permissions"})),
        (ccxt.ExchangeError("x"), _answer(400, {"code": -9999, "msg": "something new"})),
        (ccxt.ExchangeNotAvailable("x"), _answer(404, "<html>")),
        (ccxt.ArgumentsRequired("x"), Answer()),
        (ccxt.NotSupported("x"), Answer()),
    ],
)
def test_a_no_is_final(error: BaseException, answer: Answer) -> None:
    assert isinstance(venue_error("binance", error, answer, CHANGE), VenueRefused)


@pytest.mark.parametrize("error", [ccxt.AuthenticationError("x"), ccxt.AccountSuspended("x")])
def test_a_wrong_key_is_fatal(error: BaseException) -> None:
    answer = _answer(401, {"code": -2014, "msg": "API-key format invalid."})
    assert isinstance(venue_error("binance", error, answer, QUERY), VenueFatal)


def test_no_part_of_the_request_is_in_the_text() -> None:
    signed = "binance POST https://api.binance.com/api/v3/order?symbol=X&signature=abcdef0123456789"
    lost = venue_error("binance", _caused(ccxt.RequestTimeout(signed), TimeoutError()), Answer(), CHANGE)
    local = venue_error("binance", ccxt.ExchangeError(signed), Answer(), CHANGE)
    answer = _answer(401, {"code": -2015, "msg": "bad key k3y-of-mine"})
    echoed = venue_error("binance", ccxt.AuthenticationError(signed), answer, CHANGE, hidden=("k3y-of-mine",))
    for found in (lost, local, echoed):
        assert "signature" not in str(found)
        assert "://" not in str(found)
        assert "k3y-of-mine" not in str(found)
    assert "bad key [redacted]" in echoed.message
