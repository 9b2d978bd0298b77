/* The three tables: trades, orders, fills. */
const tradeGrid = (basis) => {
  const host = $("#trade-grid");
  if (!host) return;
  const t = DATA.trades.columns;
  t.type = t.type.map((kind) => kind.toLowerCase());
  const end = DATA.span[1];
  const held = t.opened.map((opened, row) => (t.closed[row] || end) - opened);
  const state = t.opened.map((_, row) => (t.closed[row] ? "closed" : "open"));
  const fine = end - DATA.span[0] < 172800;
  new Grid(host, {
    file: "trades", size: t.id.length, total: DATA.trades.all, sort: ["opened", true],
    choices: [{ key: "pair", label: "Every pair", value: (row) => t.pair[row] }, { key: "type", label: "Every kind", value: (row) => t.type[row] }, { key: "state", label: "Every state", value: (row) => state[row] }],
    onrow: (row) => basis?.go(t.pair[row], t.opened[row], t.closed[row] || end, row),
    columns: [
      textColumn("id", "Trade", t.id, { quiet: true }), textColumn("pair", "Pair", t.pair), textColumn("type", "Kind", t.type, { kind: "kind" }),
      timeColumn("opened", "Opened", t.opened, NOTHING, fine),
      { key: "held", label: "Held", kind: "number", value: (row) => held[row], text: (row) => length(held[row]) },
      numberColumn("notional", "Notional", t.notional, 0), numberColumn("entry_basis_bps", "Entry", t.entry_basis_bps, 1), numberColumn("exit_basis_bps", "Exit", t.exit_basis_bps, 1),
      moneyColumn("total", "Total", t.total, { tone: true }),
      moneyColumn("funding", "Funding", t.funding), moneyColumn("basis", "Basis", t.basis), moneyColumn("fees", "Fees", t.fees), moneyColumn("slippage", "Slippage", t.slippage),
      moneyColumn("transfers", "Transfers", t.transfers), moneyColumn("stablecoin", "Stablecoins", t.stablecoin), numberColumn("clips", "Clips", t.clips, 0), numberColumn("aborted", "Aborted", t.aborted, 0),
      timeColumn("closed", "Closed", t.closed, "still open", fine), textColumn("reason", "Because", t.reason, { quiet: true }),
    ].filter((column) => !["transfers", "stablecoin", "aborted"].includes(column.key) || t[column.key].some((value) => value)),
    note: `Entry and exit are the basis in bps; money is in ${DATA.currency}. Aborted counts the clips that were neutralised.`,
  });
};

const recordGrid = (id, name, texts, numbers, choices) => {
  const host = $(id), c = DATA[name].columns;
  if (!host) return;
  const column = Object.fromEntries(texts.map(([key]) => [key, words(c[key])]));
  const fine = texts.map(([key, label, kind]) => textColumn(key, label, column[key], kind ? { kind } : { quiet: true }));
  const columns = [timeColumn("ts", "When", c.ts), ...fine.slice(0, 4), ...numbers.map(([key, label]) => numberColumn(key, label, c[key], null)), ...fine.slice(4)];
  new Grid(host, { file: name, size: c.ts.length, total: DATA[name].all, sort: ["ts", true], columns, choices: choices.map(([key, label]) => ({ key, label, value: (row) => column[key][row] })) });
};
const recordGrids = () => {
  recordGrid("#order-grid", "orders", [["instrument", "Instrument"], ["side", "Side", "kind"], ["type", "Type"], ["state", "State", "kind"], ["reason", "Reason"], ["trade_id", "Trade"], ["client_id", "Client id"]],
    [["price", "Price"], ["size", "Size"], ["filled", "Filled"], ["average", "Average"]], [["instrument", "Every instrument"], ["side", "Every side"], ["state", "Every state"]]);
  recordGrid("#fill-grid", "fills", [["instrument", "Instrument"], ["side", "Side", "kind"], ["liquidity", "Liquidity", "kind"], ["trade_id", "Trade"], ["client_id", "Client id"]],
    [["price", "Price"], ["size", "Size"], ["fee", "Fee"]], [["instrument", "Every instrument"], ["side", "Every side"], ["liquidity", "Every liquidity"]]);
};
