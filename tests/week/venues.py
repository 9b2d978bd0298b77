"""The doubles of the week: each venue's world and its own server, on virtual time and a network in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from aiohttp import web

from tests.doubles.tapes import MemoryTape
from tests.week.loop import KillableLoop
from tests.week.market import Cut
from tests.week.net import Net
from titan.doubles.faults import Fault, Faults
from titan.doubles.rails import Rails
from titan.doubles.registry import double
from titan.doubles.world import UNIFIED, World
from titan.market.tape.rows import Rows
from titan.model.instrument import Instrument
from titan.venues.addresses import Addresses


class Venue:
    """`start` it once; `step` as its market moves."""

    def __init__(
        self, name: str, tape: MemoryTape, loop: KillableLoop, net: Net, *, seed: int, money: Decimal,
        futures_share: Decimal, first_port: int, rails: Rails,
    ) -> None:  # fmt: skip
        self.name, self._net, self._first = name, net, first_port
        perp = (money * futures_share).quantize(Decimal(1))
        split = {"perp": money} if name in UNIFIED else {"spot": money - perp, "perp": perp}
        funds = {wallet: {"USDT": amount} for wallet, amount in split.items()}
        self.world = World(name, tape, now=loop.now, once=True, seed=seed, funds=funds)
        rails.join(name, self.world.account)
        self.faults = Faults((), now=loop.now, seed=seed)
        self.server = double(name, self.world, self.faults)
        self.rows = Cut(tape)
        self.money = money
        self.down = False

    async def start(self) -> None:
        """Its sites listen, each at a port of its own."""
        server = self.server
        for n, (site, app) in enumerate(server.sites().items()):
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            server.ports[site] = self._first + n
            handler: Any = runner.server
            self._net.listen(self._first + n, handler)
        server.host = f"{self.name}.double"

    @property
    def ports(self) -> set[int]:
        return set(self.server.ports.values())

    @property
    def addresses(self) -> Addresses:
        return msgspec.convert(self.server.addresses(), Addresses)

    @property
    def instruments(self) -> Sequence[Instrument]:
        return [market.instrument for market in self.world.markets]

    def step(self, now_ns: int) -> Rows:
        """Move to now; the market's rows since the last step."""
        self.world.skew_ns = self.faults.skew_ns()
        self.world.step()
        return self.rows.to(now_ns)

    def inject(self, faults: Sequence[Fault]) -> None:
        self.faults.add(faults)

    def unreachable(self) -> None:
        self.down = True
        self._net.unreachable(self.ports)

    def reachable(self) -> None:
        self.down = False
        self._net.reachable(self.ports)

    def wallets(self) -> Mapping[tuple[str, str], Decimal]:
        """What the account holds, by (wallet, asset); where one wallet serves all, by it."""
        found: dict[tuple[str, str], Decimal] = {}
        for wallet in ("perp",) if self.world.account.unified else ("spot", "perp"):
            name = "unified" if self.world.account.unified else wallet
            for asset, balance in self.world.account.balances(wallet).items():
                found[f"{self.name}.{name}", asset] = balance.total
        return found

    def hits(self) -> dict[str, int]:
        """How often each kind of fault happened."""
        found: dict[str, int] = {}
        for one in self.faults.counts():
            fault: Any = one["fault"]
            found[fault["kind"]] = found.get(fault["kind"], 0) + int(str(one["hits"]))
        return found
