/* The run beside what it is compared with, all in percent of the same capital. */
const COMPARED = { harvest: ["basis"], cash: ["faint", "soft"], coin: ["fees", "transfers", "slippage", "unexplained"], basket: ["total"] };

const compareChart = () => {
  const host = $("#compare");
  if (!host) return null;
  const data = DATA.comparisons;
  const time = unpack(data.time);
  if (time.length < 2 || !data.curves.length) { host.remove(); return null; }
  const growth = (column) => { const nav = unpack(column); return nav.map((value) => (value === null ? null : (value / nav[0] - 1) * 100)); };
  const own = growth(data.own);
  const used = {};
  const curves = data.curves.map(({ name, kind, nav }) => {
    const names = COMPARED[kind] || ["soft"];
    used[kind] = (used[kind] ?? -1) + 1;
    return { name, kind, values: growth(nav), colour: names[used[kind] % names.length], dash: kind === "cash" || used[kind] >= names.length ? [5, 4] : undefined };
  });
  const calm = curves.filter(({ kind }) => kind === "harvest" || kind === "cash");
  const options = [["all", "All"]];
  if (calm.length && calm.length < curves.length) options.unshift(["calm", "Market neutral"]);
  let shown = options[0][0];
  const list = () => (shown === "calm" ? calm : curves);
  const panes = () => [{
    name: "Return, %", height: 280, ticks: (value, digits) => number(value, digits, true),
    columns: [...list().map(({ values }) => values), own],
    series: [
      ...list().map((one) => ({ stroke: colour(one.colour), width: 1.5, mark: colour(one.colour), dash: one.dash })),
      { stroke: colour("accent-text"), width: 2.25, mark: colour("accent-text") },
    ],
    draw: (u, ctx, box) => level(u, ctx, box, 0, colour("line-strong"), []),
  }];
  const items = (at) => [
    ["accent-text", number(own[at], 2, true) + " %", "This run"],
    ...list().map((one) => [one.colour, number(one.values[at], 2, true) + " %", one.name]),
  ];
  const stack = new Stack(host, time, panes(), items);
  stack.rebuild = () => stack.replace(time, panes(), items);
  const choice = $(".choice", host);
  if (options.length > 1) buttons(choice, options, shown, (key) => { shown = key; stack.rebuild(); });
  else choice.replaceChildren();
  return stack;
};
