// Made by tools/console_types.py from src/titan/api/shapes: change it there, then run it again.

/** Exact decimal text, as "1234.50": never calculate with it as a float (see format.ts). */
export type Money = string;

/**
 * `strategy` empty: all of them.
 */
export interface Reason {
  reason: string;
  strategy: string;
}

/**
 * `confirm` is the word that the console made the operator type: PANIC, or REARM.
 */
export interface Confirmed {
  confirm: string;
  reason: string;
}

/**
 * `mode`: reduce-only, close, no-trading, or a scale of entries as 0.5. What is left empty covers all.
 */
export interface Imposition {
  name: string;
  mode: string;
  reason: string;
  strategy: string;
  venue: string;
  base: string;
  instrument: string;
  owner: string;
}

/**
 * What became of it. `state`: done (in force by the journal), asked (the run was asked and will say
 * so).
 */
export interface ControlShape {
  control: string;
  state: string;
  text: string;
  at_ms: number;
}

/**
 * GET /v1/controls/panic: the last panic that was asked for here, else the one whose latch stands by the
 * journal. `state`: none, running, flat, open. `lines` as it told them.
 */
export interface PanicShape {
  state: string;
  name: string;
  lines: readonly string[];
  flat: readonly string[];
  open: Record<string, string>;
  began_ms: number;
  ended_ms: number;
  ready: boolean;
}

/**
 * One setting. `applies`: hot (a running run takes it over), restart (with the next start), never (by
 * hand only). `value`, `default` as in TOML; `source` says where the value comes from; `kind`: number,
 * integer, text, bool, list, table; `rule` what it must keep, in words.
 */
export interface SettingShape {
  key: string;
  section: string;
  meaning: string;
  unit: string;
  kind: string;
  value: unknown;
  default: unknown;
  source: string;
  rule: string;
  applies: string;
}

/**
 * GET /v1/config. `version` is what a proposal is made against.
 */
export interface ConfigShape {
  version: string;
  place: string;
  settings: readonly SettingShape[];
}

/**
 * Settings by key, and the version that they were read at; `reason` for the journal.
 */
export interface Proposal {
  changes: Record<string, unknown>;
  version: string;
  reason: string;
}

export interface ProblemShape {
  key: string;
  text: string;
  remedy: string;
}

export interface ChangeShape {
  key: string;
  before: unknown;
  after: unknown;
  applies: string;
}

/**
 * POST /v1/config/propose (looks only) and /v1/config/apply. Without problems `diff` is what would be or
 * was changed; `file` where it is written; `applied`: hot and restart keys as they took effect.
 */
export interface ProposalShape {
  ok: boolean;
  problems: readonly ProblemShape[];
  diff: readonly ChangeShape[];
  file: string;
  version: string;
  applied: boolean;
  text: string;
}

/**
 * GET /v1/audit: every control, sign-in and refusal of one.
 */
export interface AuditRow {
  at_ms: number;
  who: string;
  scope: string;
  what: string;
  text: string;
  ok: boolean;
  address: string;
}

/**
 * GET /v1/auth/state, open to all: what the console shows first. `version` of Titan.
 */
export interface SetupState {
  needs_setup: boolean;
  version: string;
  simulated: boolean;
}

/**
 * A document with a secret in it: shown in a log or a traceback it is its name and nothing else.
 */
export interface Hidden {
}

/**
 * `token` is the one-time word of the printed address.
 */
export interface FirstUser {
  token: string;
  name: string;
  password: string;
}

/**
 * `code` is the TOTP code, where the user has one.
 */
export interface SignIn {
  name: string;
  password: string;
  code: string;
}

/**
 * `access` goes into `Authorization: Bearer`; the refresh token is a cookie that scripts cannot read.
 * `scopes`: read, trade, admin. `needs_totp`: admin is held back until TOTP is set up.
 */
export interface Session {
  access: string;
  expires_ms: number;
  name: string;
  scopes: readonly string[];
  totp: boolean;
  needs_totp: boolean;
}

/**
 * GET /v1/auth/me. `scopes` and `needs_totp` as of Session; `expires_ms` of the token.
 */
export interface MeShape {
  name: string;
  scopes: readonly string[];
  needs_totp: boolean;
  expires_ms: number;
}

/**
 * `uri` as an authenticator app takes it; `secret` for typing. In force once a code is confirmed.
 */
export interface TotpShape {
  uri: string;
  secret: string;
}

export interface Code {
  code: string;
}

export interface PasswordChange {
  before: string;
  after: string;
}

export interface UserRow {
  name: string;
  scopes: readonly string[];
  totp: boolean;
  created_ms: number;
  last_ms: number;
}

export interface NewUser {
  name: string;
  password: string;
  scopes: readonly string[];
}

/**
 * A holding that ended: what was predicted beside what was realised. bps of the value at entry; the
 * prediction is the signal's edge, None where its signal is not known.
 */
export interface TradeShape {
  id: string;
  pair: string;
  type: string;
  opened_ms: number;
  closed_ms: number;
  seconds: number;
  size: Money;
  value: Money;
  pnl: Record<string, Money>;
  total: Money;
  realised_bps: number | null;
  predicted_bps: number | null;
  entry_basis: number | null;
  exit_basis: number | null;
  fees: Record<string, Money>;
  reason: string;
  closing: string;
  trace: string;
}

/**
 * On the wire an array: when (ms), NAV, drawdown from the highest so far (a share), delta, deployed.
 */
export type NavPoint = [at_ms: number, nav: Money, drawdown: number, delta: Money, deployed: Money];

/**
 * GET /v1/pnl: by source now, in 24 hours, and the history of NAV, one point a minute or so.
 */
export interface PnlShape {
  quote: string;
  nav: Money | null;
  start_nav: Money | null;
  sources: Record<string, Money>;
  day: Record<string, Money>;
  day_since_ms: number;
  drawdown: number | null;
  max_drawdown: number;
  history: readonly NavPoint[];
}

/**
 * An entry of the journal. `at_ns` is its exact time as text; `label` and `text` say it in words.
 */
export interface EntryShape {
  seq: number;
  at_ms: number;
  at_ns: string;
  what: string;
  label: string;
  text: string;
  saga: string;
  intent_id: string;
  client_id: string;
  body: Record<string, unknown>;
}

/**
 * Newest first. `before` is what to ask next for older ones, 0 at the end.
 */
export interface JournalPage {
  entries: readonly EntryShape[];
  before: number;
  head: number;
}

/**
 * A bar of the latency waterfall of one order: from `start_us` for `took_us` after the tick arrived.
 */
export interface StageShape {
  stage: string;
  start_us: number;
  took_us: number;
}

export interface WaterfallShape {
  client_id: string;
  instrument: string;
  stages: readonly StageShape[];
  total_us: number;
}

/**
 * GET /v1/traces/{id}: the story of a wish, an intent or an order. `near` are ids like one not found.
 */
export interface TraceShape {
  id: string;
  kind: string;
  entries: readonly EntryShape[];
  waterfalls: readonly WaterfallShape[];
}

/**
 * What a gate refused: how often since the run began, and the last times with their figures.
 */
export interface GateShape {
  gate: string;
  reason: string;
  count: number;
  last_ms: number;
  numbers: Record<string, string>;
  trace: string;
}

/**
 * A limit, what is used of it now (None: not known), and the share of it. `key` is its setting's.
 */
export interface LimitShape {
  key: string;
  name: string;
  meaning: string;
  unit: string;
  limit: number;
  used: number | null;
  share: number | null;
}

/**
 * A wallet's coin: as the books have it. `value` in quote, None without a price.
 */
export interface InventoryRow {
  venue: string;
  wallet: string;
  asset: string;
  amount: Money;
  price: Money | null;
  value: Money | null;
}

export interface InventoryShape {
  quote: string;
  rows: readonly InventoryRow[];
  next_rebalance: string;
}

/**
 * A recorded run that can be replayed: a run on live data or a backtest. Times of its first and last
 * entry.
 */
export interface ReplayShape {
  name: string;
  mode: string;
  run_id: string;
  simulated: boolean;
  began_ms: number;
  ended_ms: number;
  entries: number;
  has_tape: boolean;
  size: number;
}

/**
 * A moment on the slider. `kind`: signal, entry, exit, refusal, alert, fill, stop.
 */
export interface ReplayMark {
  at_ms: number;
  seq: number;
  kind: string;
  text: string;
}

/**
 * The slider of a run: its span, NAV along it, and its moments (2,000 at most, the weightiest first
 * kept).
 */
export interface ReplayTimeline {
  name: string;
  began_ms: number;
  ended_ms: number;
  quote: string;
  nav: readonly NavPoint[];
  marks: readonly ReplayMark[];
}

/**
 * A run as it stood at `at_ms`, after its entry `seq`: everything the streams of a live run have, as
 * tables of rows by key, the same shapes. `tables` has status/…, markets/…, orders/…, fills/…, sagas/…,
 * opportunities/… as "channel/table". `entries` are the last 50 of the journal then, newest first; of tables
 * of what has ended there is as much as fits, the newest. `market` says why there are no quotes, books and
 * pairs, empty where there are: the run kept no tape, or it is still being read; then it is not `whole`, and
 * is to be asked for again. `valued_ms` is when NAV and profit were told last before it, 0 where never.
 */
export interface ReplayMoment {
  name: string;
  at_ms: number;
  seq: number;
  tables: Record<string, Record<string, unknown>>;
  entries: readonly EntryShape[];
  market: string;
  whole: boolean;
  valued_ms: number;
}

/**
 * Table `quotes`, key instrument (as binance.spot.BTCUSDT). 0 for what is not known; `why` is empty while
 * there is a price. `at_ms` is when its last row was heard, `funding` the rate of an interval of
 * `funding_hours`, paid next at `settles_ms`.
 */
export interface QuoteRow {
  instrument: string;
  venue: string;
  kind: string;
  base: string;
  tick: string;
  lot: string;
  bid: number;
  bid_qty: number;
  ask: number;
  ask_qty: number;
  mid: number;
  mark: number;
  index: number;
  last: number;
  at_ms: number;
  why: string;
  funding: number;
  funding_hours: number;
  settles_ms: number;
}

/**
 * Table `books`, key instrument: (price, size) from the touch outwards, 10 levels a side at most, floats
 * as the venue sent them. `at_ms` as of quotes.
 */
export interface BookRow {
  instrument: string;
  at_ms: number;
  bids: readonly (readonly [number, number])[];
  asks: readonly (readonly [number, number])[];
}

/**
 * Table `pairs`, key pair. The basis in bps as the kernel sampled it last; `action` is what is done about
 * it or why nothing is (no data, warming, blocked, opening, closing, hold, stretched, wait), `detail` its
 * figure, `held` the kinds of holding. `trail` are the last samples of the basis, oldest first.
 */
export interface PairRow {
  pair: string;
  spot: string;
  perp: string;
  spot_mid: number;
  perp_mid: number;
  basis: number;
  mean: number;
  std: number;
  z: number;
  sampled_ms: number;
  samples: number;
  warmup: number;
  entry_z: number;
  exit_z: number;
  edge: number | null;
  cost: number | null;
  forecast_apr: number | null;
  interval_hours: number;
  settles_ms: number;
  action: string;
  detail: string;
  held: readonly string[];
  blocked: boolean;
  trail: readonly number[];
}

/**
 * One sample: when (ms), basis, its mean and z-score, None where only the basis is known. On the wire an
 * array.
 */
export type BasisPoint = [at_ms: number, basis: number, mean: number | null, z: number | null];

/**
 * An entry or an exit on that chart. `kind`: signal, entry, exit, abort; `trace` is what /v1/traces
 * takes.
 */
export interface BasisMark {
  at_ms: number;
  kind: string;
  type: string;
  basis: number | null;
  trace: string;
}

/**
 * GET /v1/markets/{pair}/basis: since the gateway listens, and as far back as the run tells.
 */
export interface BasisSeries {
  pair: string;
  points: readonly BasisPoint[];
  marks: readonly BasisMark[];
}

/**
 * GET /v1/markets.
 */
export interface MarketsShape {
  quotes: readonly QuoteRow[];
  pairs: readonly PairRow[];
}

/**
 * What the last 24 hours brought, or less where the run is younger: since `since_ms`.
 */
export interface DayShape {
  since_ms: number;
  nav: Money;
  pnl: Record<string, Money>;
}

export interface JournalShape {
  store: string;
  entries: number;
  waiting: number;
  trouble: string;
}

/**
 * Table `run`, one row, key `run`. `freshness`: none, live, stale, ended, finished. `state`: starting,
 * trading, halted, stopping, stopped. `paused` is whether the operator keeps all entries back, `latched`
 * names of latches that stand. Money in `quote`.
 */
export interface RunRow {
  run_id: string;
  mode: string;
  state: string;
  freshness: string;
  at_ms: number;
  seconds: number;
  simulated: boolean;
  resumed: boolean;
  traded: boolean;
  quote: string;
  strategy: string;
  nav: Money | null;
  start_nav: Money | null;
  pnl: Record<string, Money>;
  day: DayShape | null;
  drawdown: number | null;
  rung: string;
  ladder: readonly [number, number, number];
  delta: Money | null;
  delta_share: number | null;
  warn: number;
  act: number;
  deployed: Money | null;
  deployable: Money | null;
  apr: number | null;
  rows: number;
  signals: number;
  orders: number;
  fills: number;
  executions: number;
  refusals: Record<string, number>;
  notes: readonly string[];
  journal: JournalShape;
  seq: number;
  missing: number;
  paused: boolean;
  latched: readonly string[];
  supervised: boolean;
}

/**
 * Table `venues`, key venue. `reconciled` is empty while nobody asked, "agrees", or what differs.
 */
export interface VenueRow {
  venue: string;
  live: number;
  connections: number;
  silent_ms: number | null;
  latency_ms: number | null;
  reconnects: number;
  error: string;
  reconciled: string;
  reconciled_ms: number;
}

/**
 * Table `doors`, key name: what keeps entries back now, and why.
 */
export interface DoorRow {
  name: string;
  why: string;
}

/**
 * Table `halts`, key name: what an operator or the desk imposed. A `latch` is taken back by re-arming.
 */
export interface HaltRow {
  name: string;
  allows: string;
  covers: Record<string, string>;
  reason: string;
  by: string;
  since_ms: number;
  latch: boolean;
}

/**
 * Table `alerts`, key id of the row. `weight`: note, warning, trouble. `trace` is what /v1/traces takes,
 * empty for none; `seq` is 0 for what is so now and no entry of the journal.
 */
export interface AlertRow {
  key: string;
  seq: number;
  at_ms: number;
  weight: string;
  text: string;
  trace: string;
}

/**
 * Tables `holdings` (held) and `ended` (the last 100), key id. `state`: open, opening, closing, closed,
 * stuck. Bases in bps; sizes in base units; `value` and `pnl` (by source) in quote, None without a price.
 */
export interface HoldingRow {
  id: string;
  pair: string;
  type: string;
  state: string;
  spot: string;
  perp: string;
  size: Money;
  target: Money;
  value: Money | null;
  pnl: Record<string, Money> | null;
  total: Money | null;
  opened_ms: number;
  closed_ms: number;
  entry_basis: number | null;
  exit_basis: number | null;
  basis: number | null;
  forecast_apr: number | null;
  reason: string;
  closing: string;
  clips: number;
  aborted: number;
  orders: number;
  fills: number;
  fees: Record<string, Money>;
  wishes: readonly string[];
  reverse: boolean;
}

/**
 * Table `positions`, key instrument. `size` in base units, signed; money at the mark.
 */
export interface PositionRow {
  instrument: string;
  venue: string;
  size: Money;
  entry: Money;
  mark: Money | null;
  value: Money | null;
  unrealised: Money | null;
}

/**
 * Table `margins`, key wallet. Shares of what the leverage limit allows.
 */
export interface MarginRow {
  wallet: string;
  equity: Money | null;
  notional: Money | null;
  used: number | null;
  floor: number;
  top_up: number;
  ceiling: number;
}

/**
 * Table `transfers` (the last 100), key id. `state`: asked, on its way, booked, came back, or how it
 * ended.
 */
export interface TransferRow {
  id: string;
  asset: string;
  source: string;
  target: string;
  amount: Money;
  cost: Money;
  reason: string;
  state: string;
  asked_ms: number;
  booked_ms: number;
}

/**
 * Table `reductions`, key at: margin steps that closed a part of a pair.
 */
export interface ReductionRow {
  key: string;
  at_ms: number;
  venue: string;
  utilisation: Money;
  reason: string;
}

/**
 * Table `strategies`, key name. `state`: running, paused, halted, stopped; `why` says what keeps it
 * back.
 */
export interface StrategyRow {
  name: string;
  state: string;
  why: string;
  holdings: number;
  value: Money | null;
  pnl: Record<string, Money>;
  signals: number;
}

/**
 * A channel whole: rows by table and key. `version` within `epoch` is what a resume names; `source_ms` is
 * the moment at the run that it is of, 0 before there was one.
 */
export interface Snapshot {
  op: string;
  channel: string;
  epoch: string;
  version: number;
  at_ms: number;
  source_ms: number;
  tables: Record<string, Record<string, Record<string, unknown>>>;
}

/**
 * Table `signals` of the stream `opportunities` (the last 200), key seq of its journal entry.
 * `outcome`: watching until it is decided, then entered, closed (an exit), refused or passed; `why` in
 * words; `trace` the wish that followed, if any.
 */
export interface OpportunityRow {
  key: string;
  at_ms: number;
  strategy: string;
  name: string;
  subject: string;
  figures: Record<string, number>;
  outcome: string;
  why: string;
  trace: string;
}

/**
 * Table `routes` of `opportunities` (the last 100), key seq: a routing decision. Figures in bps.
 */
export interface RouteRow {
  key: string;
  at_ms: number;
  pair: string;
  type: string;
  notional: Money;
  spot: string;
  perp: string;
  basis_bps: number | null;
  fees_bps: number | null;
  funding_bps: number | null;
  transfer_bps: number | null;
  all_in_bps: number | null;
  reason: string;
  trace: string;
}

/**
 * Stream `orders`: tables `working` and `done` (the last 200), key client_id. `side`: buy, sell. Sizes in
 * base units, prices in quote, as text; `price` 0 for a market order, `average` None before a fill.
 */
export interface OrderRow {
  client_id: string;
  instrument: string;
  strategy: string;
  side: string;
  type: string;
  tif: string;
  size: Money;
  filled: Money;
  price: Money;
  average: Money | null;
  reduce_only: boolean;
  purpose: string;
  state: string;
  reason: string;
  owner: string;
  saga: string;
  sent_ms: number;
  updated_ms: number;
}

/**
 * Stream `fills`, table `fills` (the last 200), key id. `owner` is empty where no order of ours caused
 * it.
 */
export interface FillRow {
  key: string;
  id: string;
  client_id: string;
  owner: string;
  instrument: string;
  side: string;
  price: Money;
  size: Money;
  value: Money;
  fee: Money;
  fee_asset: string;
  liquidity: string;
  at_ms: number;
}

export interface SagaStepShape {
  at_ms: number;
  step: string;
  note: string;
  lots: readonly number[];
}

/**
 * One order of a saga as a bar of its timeline: from `sent_ms` to `ended_ms` (0: still works).
 */
export interface SagaOrderShape {
  client_id: string;
  instrument: string;
  side: string;
  size: Money;
  filled: Money;
  state: string;
  sent_ms: number;
  ended_ms: number;
}

/**
 * Stream `sagas`: tables `working` and `done` (the last 100), key id. `kind`: pair, twap, limit, bracket,
 * transfer, undo. `state`: working, or done, aborted, refused, needs operator. `units` are lots of the wish.
 */
export interface SagaRow {
  id: string;
  kind: string;
  strategy: string;
  subject: string;
  purpose: string;
  state: string;
  reason: string;
  planned: number;
  units: number;
  clips: number;
  aborted: number;
  cost: Money;
  began_ms: number;
  ended_ms: number;
  steps: readonly SagaStepShape[];
  orders: readonly SagaOrderShape[];
}

/**
 * Stream `metrics`, table `latency`, key stage. In microseconds.
 */
export interface StageRow {
  stage: string;
  count: number;
  p50: number;
  p99: number;
  p999: number;
  most: number;
}

/**
 * Stream `metrics`, table `gateway`, one row, key `gateway`: how the gateway itself does.
 */
export interface GatewayRow {
  clients: number;
  uptime_s: number;
  behind: boolean;
  status_age_ms: number;
  markets_age_ms: number;
  sent: number;
  conflated: number;
}

/**
 * GET /v1/opportunities.
 */
export interface OpportunitiesShape {
  signals: readonly OpportunityRow[];
  routes: readonly RouteRow[];
}
