/* Net asset value, drawdown, and a third pane of the reader's choice. */
const equityChart = () => {
  const host = $("#equity");
  const table = DATA.equity;
  const columns = { time: unpack(table.time) };
  const { time } = columns;
  if (time.length < 2) { host.replaceChildren(make("p", { class: "empty" }, "The run recorded too few marks of the NAV to draw.")); return null; }
  const column = (name) => (columns[name] ??= unpack(table[name]));
  const nav = column("nav"), under = column("drawdown").map((value) => value * 100), start = nav[0];
  const depth = Math.min(...under.filter(Number.isFinite), 0);
  const fine = depth > -0.05 ? 4 : depth > -0.5 ? 3 : 2;
  const extra = {
    deployed: ["Deployed capital", "basis", (v) => number(v, 0), "basis"],
    delta_usd: ["Delta", "transfers", (v) => number(v, 2, true), "transfers"],
    margin_utilisation: ["Margin used", "fees", (v) => number(v * 100, 1) + " %", "fees"],
  };
  let third = "deployed";
  const digits = () => (Math.max(...nav) - Math.min(...nav) < 20 ? 2 : 0);
  const panes = () => [
    { name: `NAV, ${DATA.currency}`, height: 290, columns: [nav], ticks: (v) => number(v, digits()),
      series: [{ stroke: colour("accent-text"), width: 2, fill: wash("accent", 0.17, 0), mark: colour("accent-text"), fillTo: (u) => u.scales.y.min }],
      draw: (u, ctx, box) => level(u, ctx, box, start, colour("faint")) },
    { name: "Drawdown", height: 104, columns: [under], ticks: (v) => number(v, fine) + " %",
      range: (u, low) => [Math.min(low ?? 0, -1e-6) * 1.08, 0],
      series: [{ stroke: colour("loss"), width: 1.25, fill: faded("loss", 0.16), mark: colour("loss"), fillTo: 0 }] },
    { name: extra[third][0], height: 84, columns: [column(third)], ticks: extra[third][2],
      series: [{ stroke: colour(extra[third][1]), width: 1.25, fill: third === "delta_usd" ? null : faded(extra[third][1], 0.12), mark: colour(extra[third][1]) }] },
  ];
  const items = (at) => [
    ["accent-text", number(nav[at]), "NAV"],
    ["", number(nav[at] - start, 2, true), "since the start"],
    ["loss", number(under[at], fine) + " %", "Drawdown"],
    [extra[third][3], extra[third][2](column(third)[at]), extra[third][0]],
  ];
  const stack = new Stack(host, time, panes(), items);
  stack.rebuild = () => stack.replace(time, panes(), items);
  buttons($(".choice", host), Object.entries(extra).map(([key, [label]]) => [key, label]), third, (key) => { third = key; stack.rebuild(); });
  return stack;
};
