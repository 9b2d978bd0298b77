/* Net asset value, drawdown, and a third pane of the reader's choice. */
const equityChart = () => {
  const host = $("#equity");
  if (!host) return null;
  const table = DATA.equity;
  const columns = { time: unpack(table.time) };
  const { time } = columns;
  if (time.length < 2) { host.replaceChildren(make("p", { class: "empty" }, "The run recorded too few marks of the NAV to draw.")); return null; }
  const column = (name) => (columns[name] ??= unpack(table[name]));
  const nav = column("nav"), under = column("drawdown").map((value) => value * 100), { start } = DATA;
  const depth = Math.min(...under.filter(Number.isFinite), 0);
  const fine = depth > -0.05 ? 4 : depth > -0.5 ? 3 : 2;
  const extra = {
    deployed: ["Deployed capital", "basis", 1, 0],
    delta_usd: ["Delta", "transfers", 1, 2],
    margin_utilisation: ["Margin used, %", "fees", 100, 1],
  };
  let third = "deployed";
  const panes = () => [
    { name: `NAV, ${DATA.currency}`, height: 290, columns: [nav], ticks: number,
      series: [{ stroke: colour("accent-text"), width: 2, fill: wash("accent", 0.17, 0), mark: colour("accent-text"), fillTo: (u) => u.scales.y.min }],
      draw: (u, ctx, box) => level(u, ctx, box, start, colour("faint")) },
    { name: "Drawdown, %", hangs: true, height: 104, columns: [under], ticks: number,
      range: (u, low) => [Math.min(low ?? 0, -1e-6) * 1.08, 0],
      series: [{ stroke: colour("loss"), width: 1.25, fill: faded("loss", 0.16), mark: colour("loss"), fillTo: 0 }] },
    { name: extra[third][0], height: 84, columns: [column(third)], ticks: (v, digits) => number(v * extra[third][2], extra[third][2] > 1 ? 1 : digits),
      series: [{ stroke: colour(extra[third][1]), width: 1.25, fill: third === "delta_usd" ? null : faded(extra[third][1], 0.12), mark: colour(extra[third][1]) }] },
  ];
  const items = (at) => [
    ["accent-text", number(nav[at]), "NAV"],
    ["", number(nav[at] - start, 2, true), "since the start"],
    ["loss", number(under[at], fine) + " %", "Drawdown"],
    [extra[third][1], number(column(third)[at] === null ? null : column(third)[at] * extra[third][2], extra[third][3]), extra[third][0]],
  ];
  const stack = new Stack(host, time, panes(), items);
  stack.rebuild = () => stack.replace(time, panes(), items);
  buttons($(".choice", host), Object.entries(extra).map(([key, [label]]) => [key, label]), third, (key) => { third = key; stack.rebuild(); });
  return stack;
};
