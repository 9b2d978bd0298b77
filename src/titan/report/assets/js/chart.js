/* A stack of panes over one time axis: one crosshair, one zoom, one readout that is also the legend. */
const STACKS = [];

const timeTicks = (chart, splits, axis, space, step) => {
  let before = null;
  return splits.map((seconds) => {
    const at = new Date(seconds * 1000);
    const day = `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
    const clock = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
    const fresh = before === null || before.getUTCDate() !== at.getUTCDate() || before.getUTCMonth() !== at.getUTCMonth();
    const year = before === null || before.getUTCFullYear() !== at.getUTCFullYear();
    before = at;
    if (step >= 86400 * 27) return at.getUTCMonth() === 0 || year ? `${MONTHS[at.getUTCMonth()]}\n${at.getUTCFullYear()}` : MONTHS[at.getUTCMonth()];
    if (step >= 86400) return year ? `${day}\n${at.getUTCFullYear()}` : day;
    const text = step >= 60 ? clock : `${clock}:${two(at.getUTCSeconds())}`;
    return fresh ? `${text}\n${day}` : text;
  });
};

class Stack {
  /* panes: [{ name, height, columns: [[...]], series: [uPlot series], bands, range, ticks, draw }]; items(index) gives the readout. */
  constructor(host, time, panes, items) {
    Object.assign(this, { host, time, panes, items, charts: [] });
    this.plot = $(".plot", host);
    this.low = time[0];
    this.high = time[time.length - 1];
    if (this.high <= this.low) this.high = this.low + 1;
    [this.min, this.max] = [this.low, this.high];
    this.key = `stack-${STACKS.length}`;
    STACKS.push(this);
    this.#ranges();
    this.#keys();
    this.build();
    new ResizeObserver(() => this.resize()).observe(this.plot);
  }

  build() {
    this.charts.forEach((chart) => chart.destroy());
    this.plot.replaceChildren();
    this.charts = this.panes.map((pane, index) => this.#pane(pane, index === this.panes.length - 1));
    this.#widths();
    this.read(null);
  }

  replace(time, panes, items) {
    Object.assign(this, { time, panes, items });
    this.build();
  }

  #pane(pane, last) {
    const axis = { stroke: colour("faint"), font: `12px ${colour("sans")}`, grid: { stroke: colour("grid"), width: 1 }, ticks: { show: false } };
    const host = make("div", { style: "position:relative" }, make("span", { class: "pane-name", style: pane.hangs ? "bottom:20px" : "top:4px" }, pane.name));
    this.plot.append(host);
    const narrow = this.plot.clientWidth < 520;
    return new uPlot({
      width: this.plot.clientWidth, height: pane.height + (last ? 40 : 16), padding: [8, 20, last ? 0 : 8, 0],
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      legend: { show: false },
      scales: { x: { time: true, min: this.min, max: this.max }, y: { range: pane.range || padded } },
      axes: [
        { ...axis, show: last, size: 40, space: narrow ? 64 : 84, values: timeTicks, lineGap: 1.25 },
        { ...axis, size: narrow ? 58 : 76, space: 34, values: (u, splits, at, space, step) => splits.map((value) => pane.ticks(value, decimals(step))) },
      ],
      series: [{}, ...pane.series.map((one) => ({ points: { show: false }, width: 1.5, ...one }))],
      bands: pane.bands || [],
      cursor: {
        y: false, points: { size: 7, width: 0, fill: (u, i) => u.series[i].mark || "transparent" },
        drag: { x: true, y: false, setScale: false, dist: 4 },
        bind: { dblclick: () => () => { this.all(); return null; } },
        sync: { key: this.key, filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } },
      },
      hooks: {
        setSelect: [(u) => this.#selected(u)],
        setCursor: [(u) => this.read(u.cursor.idx)],
        draw: pane.draw ? [(u) => clipped(u, pane.draw)] : [],
      },
    }, [this.time, ...pane.columns], host);
  }

  #selected(chart) {
    const { left, width } = chart.select;
    if (width < 4) return;
    const [from, to] = [chart.posToVal(left, "x"), chart.posToVal(left + width, "x")];
    chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    this.zoom(from, to);
  }

  zoom(from, to) {
    const least = Math.max((this.high - this.low) / 5000, 1e-3);
    if (to - from < least) [from, to] = [(from + to - least) / 2, (from + to + least) / 2];
    [this.min, this.max] = [Math.max(from, this.low), Math.min(to, this.high)];
    if (this.max <= this.min) [this.min, this.max] = [this.low, this.high];
    this.#widths();
    this.charts.forEach((chart) => chart.setScale("x", { min: this.min, max: this.max }));
    this.showRange?.(this.min <= this.low && this.max >= this.high ? "all" : "");
    this.onzoom?.();
  }

  /* A series marked dense is drawn finer while more of it is in sight than there are pixels. */
  #widths() {
    const seen = place(this.time, this.max) - place(this.time, this.min);
    this.charts.forEach((chart) => chart.series.forEach((one) => { if (one.dense) one.width = seen > 2500 ? 1 : 1.75; }));
  }

  all() { this.zoom(this.low, this.high); }
  resize() {
    const width = this.plot.clientWidth;
    this.charts.forEach((chart) => { if (width && chart.width !== width) chart.setSize({ width, height: chart.height }); });
  }

  read(index) {
    const box = $(".readout", this.host);
    const at = index ?? this.time.length - 1;
    const items = [["", stamp(this.time[at], this.high - this.low < 172800), "Time"], ...this.items(at)];
    box.replaceChildren(...items.map(([name, value, label, kind]) => make("div", {},
      name ? make("i", { class: `swatch ${kind || "line"}`, style: `background:var(--${name})` }) : null,
      make("dt", {}, label), make("dd", {}, value))));
  }

  #ranges() {
    const whole = this.high - this.low;
    const steps = [["1 h", 3600], ["1 d", 86400], ["1 w", 604800], ["1 m", 2629800], ["3 m", 7889400], ["6 m", 15778800]];
    const fitting = steps.filter(([, span]) => span < whole * 0.9).slice(-4);
    const options = [...fitting.map(([label, span]) => [span, label]), ["all", "All"]];
    this.showRange = buttons($(".ranges", this.host), options, "all", (key) => {
      if (key === "all") return this.all();
      const end = this.max;
      const start = Math.max(end - key, this.low);
      this.zoom(start, start + key);
      this.showRange(key);
    });
    if (!fitting.length) $(".ranges", this.host).replaceChildren();
  }

  #keys() {
    const moves = { ArrowLeft: [-0.2, -0.2], ArrowRight: [0.2, 0.2], "+": [0.2, -0.2], "=": [0.2, -0.2], "-": [-0.33, 0.33] };
    this.plot.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const width = this.max - this.min;
      if (event.key === "0" || event.key === "Home") this.all();
      else if (moves[event.key]) {
        let [left, right] = moves[event.key].map((part) => part * width);
        if (left === right) left = right = Math.min(Math.max(left, this.low - this.min), this.high - this.max);
        this.zoom(this.min + left, this.max + right);
      } else return;
      event.preventDefault();
    });
  }
}

/* How many decimals a step of an axis needs: 2.5 needs one, 0.02 two. */
const decimals = (step) => {
  let digits = 0;
  while (digits < 8 && Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) > 1e-6) digits++;
  return digits;
};
const padded = (chart, low, high) => {
  if (low === null || low === undefined) return [0, 1];
  const room = (high - low) * 0.08 || Math.abs(high) * 1e-4 || 1;
  return [low - room, high + room];
};
const clipped = (chart, draw) => {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw(chart, ctx, bbox, devicePixelRatio || 1);
  ctx.restore();
};
const level = (chart, ctx, box, value, stroke, dash = [4, 4]) => {
  const y = Math.round(chart.valToPos(value, "y", true)) + 0.5;
  ctx.strokeStyle = stroke;
  ctx.lineWidth = 1;
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(box.left, y);
  ctx.lineTo(box.left + box.width, y);
  ctx.stroke();
  ctx.setLineDash([]);
};
const wash = (name, from, to) => (chart) => {
  const { top, height } = chart.bbox;
  const fill = chart.ctx.createLinearGradient(0, top, 0, top + height);
  fill.addColorStop(0, faded(name, from));
  fill.addColorStop(1, faded(name, to));
  return fill;
};
