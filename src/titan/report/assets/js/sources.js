/* The sources added up over time: stacked away from zero, or as lines. */
const SOURCES = [["funding", "Funding"], ["basis", "Basis"], ["fees", "Fees"], ["slippage", "Slippage"], ["transfers", "Transfers"], ["stablecoin", "Stablecoins"]];

const sourcesChart = () => {
  const host = $("#sources-chart");
  if (!host) return null;
  const time = unpack(DATA.equity.time);
  if (time.length < 2) { host.replaceChildren(make("p", { class: "empty" }, "Too few marks to draw.")); return null; }
  const values = Object.fromEntries(SOURCES.map(([name]) => [name, unpack(DATA.equity[name])]));
  const shown = SOURCES.filter(([name]) => values[name].some((value) => value));
  const net = time.map((_, i) => SOURCES.reduce((sum, [name]) => sum + (values[name][i] ?? 0), 0));
  const edges = Object.fromEntries(shown.map(([name]) => [name, [[], []]]));
  for (let i = 0; i < time.length; i++) {
    let above = 0, below = 0;
    for (const [name] of shown) {
      const value = values[name][i] ?? 0;
      const base = value > 0 ? above : below;
      edges[name][0].push(Math.max(base, base + value));
      edges[name][1].push(Math.min(base, base + value));
      if (value > 0) above += value; else below += value;
    }
  }
  let style = "stacked";
  const line = (name, width = 1.75) => ({ stroke: colour(name), width, mark: colour(name) });
  const base = { name: `${DATA.currency}, added up`, height: 300, ticks: (v, digits) => number(v, digits, true), draw: (u, ctx, box) => level(u, ctx, box, 0, colour("line-strong"), []) };
  const panes = () => [style === "stacked" ? {
    ...base,
    columns: [...shown.flatMap(([name]) => edges[name]), net],
    series: [...shown.flatMap(() => [{ stroke: "transparent", width: 0 }, { stroke: "transparent", width: 0 }]), line("total", 2)],
    bands: shown.map(([name], i) => ({ series: [1 + 2 * i, 2 + 2 * i], fill: faded(name, 0.62) })),
  } : {
    ...base,
    columns: [...shown.map(([name]) => values[name]), net],
    series: [...shown.map(([name]) => line(name)), { ...line("total", 2), dash: [5, 3] }],
  }];
  const items = (at) => [
    ...shown.map(([name, label]) => [name, number(values[name][at], 2, true), label, "square"]),
    ["total", number(net[at], 2, true), "Total"],
  ];
  const stack = new Stack(host, time, panes(), items);
  stack.rebuild = () => stack.replace(time, panes(), items);
  buttons($(".choice", host), [["stacked", "Stacked"], ["lines", "Lines"]], style, (key) => { style = key; stack.rebuild(); });
  return stack;
};
