/** The stream's messages, and which rows its channels have. Keys of a table are as the rows' docstrings say. */
import type {
  AlertRow,
  BookRow,
  DoorRow,
  FillRow,
  GatewayRow,
  HaltRow,
  HoldingRow,
  MarginRow,
  OpportunityRow,
  OrderRow,
  PairRow,
  PositionRow,
  QuoteRow,
  ReductionRow,
  RouteRow,
  RunRow,
  SagaRow,
  StageRow,
  StrategyRow,
  TransferRow,
  VenueRow,
} from "./types";

export interface Channels {
  status: {
    run: RunRow;
    venues: VenueRow;
    doors: DoorRow;
    halts: HaltRow;
    alerts: AlertRow;
    holdings: HoldingRow;
    ended: HoldingRow;
    positions: PositionRow;
    margins: MarginRow;
    transfers: TransferRow;
    reductions: ReductionRow;
    strategies: StrategyRow;
  };
  markets: { quotes: QuoteRow; books: BookRow; pairs: PairRow };
  opportunities: { signals: OpportunityRow; routes: RouteRow };
  orders: { working: OrderRow; done: OrderRow };
  fills: { fills: FillRow };
  sagas: { working: SagaRow; done: SagaRow };
  metrics: { latency: StageRow; gateway: GatewayRow };
}

export type Channel = keyof Channels;
export type Rows = Record<string, unknown>;

export interface Snapshot {
  op: "snapshot";
  channel: Channel;
  epoch: string;
  version: number;
  at_ms: number;
  source_ms: number;
  tables: Record<string, Rows>;
}

export interface Delta {
  op: "delta";
  channel: Channel;
  epoch: string;
  version: number;
  from: number;
  at_ms: number;
  source_ms: number;
  set?: Record<string, Rows>;
  del?: Record<string, string[]>;
}

export type Heard =
  | Snapshot
  | Delta
  | { op: "ready"; name: string; scopes: string[]; at_ms: number }
  | { op: "pong"; n: number; at_ms: number }
  | { op: "error"; code: string; text: string };

export type Said =
  | { op: "auth"; token: string }
  | { op: "subscribe"; channels: Channel[]; resume?: Record<string, { epoch: string; version: number }> }
  | { op: "unsubscribe"; channels: Channel[] }
  | { op: "ping"; n: number };

/** Codes with which the gateway closes. */
export const CLOSED = { UNAUTHORISED: 4401, FORBIDDEN: 4403, TOO_SLOW: 4408, LEAVING: 1001 } as const;
