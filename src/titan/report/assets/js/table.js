/* A table for thousands of rows: sort by any column, filter by text and by choice, pages, CSV of what is shown. */
const PAGE = 25;

class Grid {
  /* columns: [{ key, label, kind: text|time|number|money|kind, digits, text(row), value(row) }] */
  constructor(host, { columns, size, total, choices = [], sort, file, onrow, note }) {
    Object.assign(this, { host, columns, size, file, onrow, page: 0, query: "", chosen: {} });
    this.order = Array.from({ length: size }, (_, row) => row);
    this.texts = new Array(size);
    [this.sorted, this.up] = sort || [columns[0].key, true];
    this.count = make("span", { class: "count", role: "status" });
    const search = make("input", { type: "search", placeholder: "Filter, for example a reason or an id", "aria-label": "Filter the rows", oninput: (e) => { this.query = e.target.value.toLowerCase(); this.page = 0; this.show(); } });
    const selects = choices.map(({ key, label, value }) => {
      const options = [...new Set(this.order.map(value))].sort();
      return options.length < 2 ? null : make("select", { "aria-label": label, onchange: (e) => { this.chosen[key] = [value, e.target.value]; this.page = 0; this.show(); } },
        make("option", { value: "" }, label), ...options.map((one) => make("option", { value: one }, one)));
    });
    this.head = make("tr", {}, ...columns.map((column) => make("th", { scope: "col", class: this.numeric(column) ? "num" : "", "data-key": column.key }, make("button", { type: "button", onclick: () => this.sort(column) }, column.label))));
    this.body = make("tbody");
    this.pager = make("div", { class: "pager" });
    host.replaceChildren(
      make("div", { class: "tool-bar" }, search, ...selects, this.count, make("button", { type: "button", onclick: () => this.csv() }, "CSV")),
      make("div", { class: "scroll" }, make("table", {}, make("thead", {}, this.head), this.body)), this.pager,
      ...(total > size ? [make("p", { class: "fine" }, `The first ${number(size, 0)} of ${number(total, 0)}; all of them are in ${file}.parquet beside this page.`)] : []),
      ...(note ? [make("p", { class: "fine" }, note)] : []));
    this.show();
  }

  numeric(column) { return column.kind === "number" || column.kind === "money"; }
  sort(column) {
    if (this.sorted === column.key) this.up = !this.up;
    else [this.sorted, this.up] = [column.key, !this.numeric(column)];
    this.page = 0;
    this.show();
  }

  rows() {
    const { value } = this.columns.find((column) => column.key === this.sorted);
    const picks = Object.values(this.chosen).filter(([, wanted]) => wanted);
    const found = this.order.filter((row) => picks.every(([pick, wanted]) => String(pick(row)) === wanted) && (!this.query || this.text(row).includes(this.query)));
    const turn = this.up ? 1 : -1;
    return found.sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === y) return a - b;
      if (x === null) return 1;
      if (y === null) return -1;
      return x < y ? -turn : turn;
    });
  }

  text(row) { return (this.texts[row] ??= this.columns.map((column) => column.text(row)).join(" ").toLowerCase()); }

  show() {
    const rows = this.rows(), pages = Math.max(1, Math.ceil(rows.length / PAGE));
    this.page = Math.min(Math.max(this.page, 0), pages - 1);
    all("th", this.head).forEach((th) => {
      if (th.dataset.key === this.sorted) th.setAttribute("aria-sort", this.up ? "ascending" : "descending");
      else th.removeAttribute("aria-sort");
    });
    const from = this.page * PAGE, part = rows.slice(from, from + PAGE);
    this.body.replaceChildren(...part.map((row) => this.row(row)));
    if (!part.length) this.body.append(make("tr", {}, make("td", { colspan: this.columns.length, class: "quiet" }, "No row fits the filter.")));
    this.count.textContent = rows.length === this.size ? `${number(this.size, 0)} rows` : `${number(rows.length, 0)} of ${number(this.size, 0)} rows`;
    const step = (by, label, text) => make("button", { type: "button", "aria-label": label, disabled: this.page + by < 0 || this.page + by >= pages, onclick: () => { this.page += by; this.show(); } }, text);
    this.pager.replaceChildren(...(pages > 1 ? [step(-1, "Page before", "\u2190"), `${this.page + 1} / ${pages}`, step(1, "Next page", "\u2192")] : []));
  }

  row(row) {
    const cells = this.columns.map((column) => {
      const value = column.value(row);
      const tone = column.kind === "money" && value ? (value > 0 ? " gain" : " loss") : "";
      const text = column.text(row);
      return make("td", { class: `${this.numeric(column) ? "num" : ""}${column.tone ? tone : ""}${column.quiet ? " quiet" : ""}` }, column.kind === "kind" && text ? make("span", { class: "kind" }, text) : text);
    });
    const open = () => { all("tr.chosen", this.body).forEach((tr) => tr.classList.remove("chosen")); line.classList.add("chosen"); this.onrow(row); };
    const line = make("tr", this.onrow ? { tabindex: 0, onclick: open, onkeydown: (e) => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); open(); } } } : {}, ...cells);
    return line;
  }

  csv() {
    const cell = (value) => {
      const text = value === null || value === undefined ? "" : String(value);
      const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
      return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    };
    const raw = (column, row) => (column.kind === "time" ? (column.value(row) ? new Date(column.value(row) * 1000).toISOString() : "") : column.value(row));
    const lines = [this.columns.map((column) => cell(column.key)), ...this.rows().map((row) => this.columns.map((column) => cell(raw(column, row))))];
    save(`${DATA.run}-${this.file}.csv`, lines.map((line) => line.join(",")).join("\r\n") + "\r\n");
  }
}

const textColumn = (key, label, values, more = {}) => ({ key, label, kind: "text", value: (row) => values[row], text: (row) => values[row] ?? "", ...more });
const timeColumn = (key, label, values, empty = NOTHING, fine = true) => ({ key, label, kind: "time", value: (row) => values[row] || null, text: (row) => (values[row] ? stamp(values[row], fine) : empty) });
const numberColumn = (key, label, values, digits, more = {}) => ({ key, label, kind: "number", value: (row) => values[row], text: (row) => (digits === null ? plain(values[row]) : number(values[row], digits)), ...more });
const moneyColumn = (key, label, values, more = {}) => ({ key, label, kind: "money", value: (row) => values[row], text: (row) => number(values[row], 2, true), ...more });
