"""What browsers are told of every answer, errors among them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.auth.gateways import World


@pytest.mark.parametrize(
    "path", ["/health/live", "/v1/auth/state", "/v1/auth/me", "/v1/none", "/none", "/v1/auth/login"]
)
async def test_every_answer_has_them(tmp_path: Path, path: str) -> None:
    async with World(tmp_path).client() as client:
        for answer in (await client.get(path), await client.post(path, json={})):
            told = answer.headers
            assert "frame-ancestors 'none'" in told["content-security-policy"]
            assert "script-src 'self';" in told["content-security-policy"]
            assert told["x-frame-options"] == "DENY"
            assert told["x-content-type-options"] == "nosniff"
            assert told["referrer-policy"] == "no-referrer"
            assert ("cache-control" in told) is path.startswith("/v1/")
            assert "server" not in told
