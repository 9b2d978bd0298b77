/* A pair's basis with its band, the z-score, and every opening, closing and refusal. */
const basisChart = () => {
  const host = $("#basis-chart");
  if (!host || !DATA.pairs.length) return null;
  const cache = new Map();
  const load = (index) => {
    if (cache.has(index)) return cache.get(index);
    const raw = DATA.pairs[index];
    const columns = Object.fromEntries(["time", "spot", "basis", "mean", "std", "z"].map((name) => [name, unpack(raw[name])]));
    const edge = (sign) => columns.mean.map((mean, i) => (mean === null || columns.std[i] === null ? null : mean + sign * 2 * columns.std[i]));
    const held = [];
    const trades = DATA.trades.columns;
    trades.pair.forEach((pair, row) => { if (pair === raw.pair) held.push([trades.opened[row], trades.closed[row] || Infinity, trades.type[row], row]); });
    const found = { ...columns, high: edge(1), low: edge(-1), signals: raw.signals, held, pair: raw.pair };
    cache.set(index, found);
    return found;
  };
  let index = 0, pair = load(0), chosen = null, refused = true;

  const acted = (action) => action === "opened" || action === "closed";
  const each = (u, draw) => {
    const { time } = pair.signals;
    const first = place(time, u.scales.x.min), last = place(time, u.scales.x.max);
    for (let i = first; i < last; i++) draw(i, u.valToPos(time[i], "x", true));
  };
  const triangle = (ctx, x, y, size, up) => {
    ctx.beginPath();
    ctx.moveTo(x, y);
    ctx.lineTo(x - size * 0.72, y + (up ? size : -size) * 1.25);
    ctx.lineTo(x + size * 0.72, y + (up ? size : -size) * 1.25);
    ctx.closePath();
  };
  const spans = (u, ctx, box, ratio) => {
    const tall = 4 * ratio;
    for (const [from, to, , row] of pair.held) {
      if (to < u.scales.x.min || from > u.scales.x.max) continue;
      const left = u.valToPos(Math.max(from, u.scales.x.min), "x", true);
      const right = u.valToPos(Math.min(to, u.scales.x.max), "x", true);
      if (row === chosen) { ctx.fillStyle = colour("accent-wash"); ctx.fillRect(left, box.top, Math.max(right - left, 2 * ratio), box.height); }
      ctx.fillStyle = row === chosen ? colour("accent-text") : faded("accent", 0.75);
      ctx.fillRect(left, box.top + box.height - tall, Math.max(right - left, ratio), tall);
    }
  };
  const markers = (u, ctx, box, ratio) => {
    spans(u, ctx, box, ratio);
    const { action, basis } = pair.signals;
    const size = 6.5 * ratio;
    if (refused) each(u, (i, x) => {
      if (acted(action[i])) return;
      ctx.beginPath();
      ctx.arc(x, u.valToPos(basis[i], "y", true), 2.1 * ratio, 0, 7);
      ctx.fillStyle = faded("fees", 0.6);
      ctx.fill();
    });
    each(u, (i, x) => {
      if (!acted(action[i])) return;
      const opened = action[i] === "opened", y = u.valToPos(basis[i], "y", true) + (opened ? -3 : 3) * ratio;
      triangle(ctx, x, y, size, !opened);
      ctx.fillStyle = colour(opened ? "accent-text" : "text");
      ctx.strokeStyle = colour("panel");
      ctx.lineWidth = 1.5 * ratio;
      ctx.stroke();
      ctx.fill();
    });
  };
  const panes = () => [
    { name: "Basis, bps", height: 300, columns: [pair.high, pair.low, pair.mean, pair.basis], ticks: number, draw: markers,
      series: [{ stroke: "transparent", width: 0 }, { stroke: "transparent", width: 0 }, { stroke: colour("soft"), width: 1.25, dash: [5, 4] }, { stroke: colour("basis"), dense: true, mark: colour("basis") }],
      bands: [{ series: [1, 2], fill: colour("shade") }] },
    { name: "z-score", height: 120, columns: [pair.z], ticks: number, series: [{ stroke: colour("transfers"), dense: true, mark: colour("transfers") }],
      draw: (u, ctx, box) => {
        const { entry, exit } = DATA.thresholds;
        if (entry !== null) level(u, ctx, box, entry, colour("accent-text"));
        if (exit !== null) level(u, ctx, box, exit, colour("text"));
      } },
    { name: "Spot", height: 76, columns: [pair.spot], ticks: number, series: [{ stroke: colour("faint"), width: 1.25, mark: colour("text") }] },
  ];
  const near = (at) => {
    const { time, action, name, edge } = pair.signals;
    const seconds = pair.time[at], room = (stack.max - stack.min) / 160;
    let i = place(time, seconds - room), best = null;
    for (; i < time.length && time[i] <= seconds + room; i++) {
      const rank = acted(action[i]) ? 0 : 1;
      const far = Math.abs(time[i] - seconds);
      if (best === null || rank < best.rank || (rank === best.rank && far < best.far)) best = { i, rank, far };
    }
    return best && [name[best.i], `${action[best.i]}${edge[best.i] === null ? "" : `, edge ${number(edge[best.i], 1, true)} bps`}`, action[best.i]];
  };
  let stack = null;
  const items = (at) => {
    const basis = pair.basis[at], spot = pair.spot[at];
    const signal = stack && near(at);
    const found = [
      ["basis", `${number(basis)} bps`, "Basis"], ["soft", `${number(pair.mean[at])} bps`, "Mean"], ["transfers", number(pair.z[at]), "z"],
      ["", price(spot), "Spot"], ["", price(spot === null || basis === null ? null : spot * (1 + basis / 1e4)), "Perp"],
    ];
    if (signal) found.push([signal[2] === "closed" ? "text" : signal[2] === "opened" ? "accent-text" : "fees", signal[1], signal[0], "square"]);
    return found;
  };
  stack = new Stack(host, pair.time, panes(), items);
  const title = $("h3", host);
  const traded = () => pair.signals.action.some(acted);
  const label = () => {
    const raw = DATA.pairs[index], count = raw.signals.action.filter((one) => one === "opened").length;
    title.textContent = `Basis of ${raw.pair}`;
    $(".note-line", host)?.remove();
    const shown = raw.rows < raw.measured ? `Drawn from ${number(raw.rows, 0)} of ${number(raw.measured, 0)} samples, the extremes kept. ` : "";
    $(".hint", host).prepend(make("span", { class: "note-line" }, `${number(count, 0)} opened, ${number(raw.signals.refused, 0)} refused. ${traded() ? "Lime triangles point at openings, the others at closings; the strip below them shows when a position was held. " : ""}${raw.signals.refused ? "Dots are refusals. " : ""}${shown}`));
  };
  stack.rebuild = () => stack.replace(pair.time, panes(), items);
  const choose = (next) => {
    index = Number(next);
    pair = load(index);
    [stack.low, stack.high] = [pair.time[0], pair.time[pair.time.length - 1]];
    const [min, max] = [stack.min, stack.max];
    stack.rebuild();
    stack.zoom(min, max);
    label();
  };
  const box = $(".choice", host);
  const showPair = buttons(box, DATA.pairs.map((one, i) => [i, one.pair]), 0, choose);
  if (DATA.pairs.length < 2) box.replaceChildren();
  label();
  const go = (name, from, to, row = null) => {
    const found = DATA.pairs.findIndex((one) => one.pair === name);
    if (found < 0) return;
    chosen = row;
    if (found !== index) { showPair(found); choose(found); }
    const room = Math.max((to - from) * 0.6, (stack.high - stack.low) / 400);
    stack.zoom(from - room, to + room);
    stack.charts.forEach((chart) => chart.redraw(false));
    host.scrollIntoView({ block: "start" });
  };
  return { stack, go };
};
