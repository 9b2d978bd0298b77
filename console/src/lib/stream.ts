/**
 * The one WebSocket of the console. Channels are counted by who uses them; rows land in tables at once and reach
 * React once per animation frame, and only where a table (or a row) changed. After a cut it comes back by itself and
 * goes on from the version it has. What is shown stays on screen meanwhile, and its age says so.
 */
import {
  type Channel,
  CLOSED,
  type Delta,
  type Heard,
  type Rows,
  type Said,
  type Snapshot,
} from "./protocol";

export type Link = "idle" | "connecting" | "open" | "waiting" | "refused";

export interface Health {
  link: Link;
  /** Milliseconds to add to the clock of this machine to have the gateway's. */
  offset: number;
  /** Round trip of the last ping, ms; null before one came back. */
  rtt: number | null;
  /** When a connection is tried again (this machine's clock), 0 while none is due. */
  retryAt: number;
  text: string;
}

/** What the stream needs of its surroundings, so that tests can put theirs in. */
export interface Surroundings {
  open(): WebSocket;
  token(): string | null;
  /** A new token after the gateway refused the last. Rejects where there is none to be had. */
  renew(): Promise<unknown>;
  now(): number;
  frame(paint: () => void): void;
}

interface Feed {
  users: number;
  epoch: string;
  version: number;
  sourceMs: number;
  heard: boolean;
  /** The whole was asked for and has not come: what comes meanwhile continues something else. */
  asked: boolean;
  /** Rows as they are. */
  tables: Map<string, Map<string, unknown>>;
  /** Rows as React saw them last: replaced as a whole when painted. */
  shown: Map<string, ReadonlyMap<string, unknown>>;
  changed: Set<string>;
  linger?: ReturnType<typeof setTimeout>;
}

const EMPTY: ReadonlyMap<string, unknown> = new Map();
const LINGER_MS = 4_000;
const PING_MS = 5_000;
/** The gateway says something each second while a channel is subscribed; longer silence means a dead line. */
const SILENCE_MS = 12_000;
const FIRST_RETRY_MS = 400;
const LAST_RETRY_MS = 10_000;

export class Stream {
  private feeds = new Map<Channel, Feed>();
  private watchers = new Map<string, Set<() => void>>();
  private socket: WebSocket | null = null;
  private ready = false;
  private tries = 0;
  private heardAt = 0;
  private pings = new Map<number, number>();
  private pingNumber = 0;
  private bestRtt = Number.POSITIVE_INFINITY;
  private painting = false;
  private pinger: ReturnType<typeof setInterval> | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private wanted = false;
  health: Health = { link: "idle", offset: 0, rtt: null, retryAt: 0, text: "" };

  constructor(private around: Surroundings) {}

  /** Connects, and stays connected until `stop`. */
  start(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.tries = 0;
    this.connect();
  }

  stop(): void {
    this.wanted = false;
    clearTimeout(this.retry);
    this.drop();
    this.tell({ link: "idle", retryAt: 0, text: "" });
  }

  /** Forgets every row too: another user signs in. */
  forget(): void {
    this.stop();
    for (const feed of this.feeds.values()) {
      feed.heard = false;
      feed.epoch = "";
      for (const table of feed.tables.keys()) this.mark(feed, table);
      feed.tables.clear();
    }
  }

  /** The token was renewed: the open connection is told, one that was refused tries again. */
  renewed(token: string): void {
    if (this.ready) this.say({ op: "auth", token });
    else if (this.wanted && this.health.link !== "connecting") this.connect();
  }

  /** Tries again now instead of when it is due: the machine woke up, or came back online. */
  nudge(): void {
    if (!this.wanted) return;
    if (this.health.link === "waiting") this.connect();
    else if (this.ready && this.around.now() - this.heardAt > SILENCE_MS) this.lost("no answer");
    else if (this.ready) this.ping();
  }

  /** Uses a channel; returns how to stop using it. It is kept for a moment, as the next page may want it. */
  use(channel: Channel): () => void {
    const feed = this.feed(channel);
    feed.users += 1;
    clearTimeout(feed.linger);
    if (feed.users === 1 && this.ready && !feed.linger) this.subscribe([channel]);
    feed.linger = undefined;
    let used = true;
    return () => {
      if (!used) return;
      used = false;
      feed.users -= 1;
      if (feed.users > 0) return;
      feed.linger = setTimeout(() => {
        feed.linger = undefined;
        if (this.ready) this.say({ op: "unsubscribe", channels: [channel] });
      }, LINGER_MS);
    };
  }

  /** Rows of a table as they are shown: the same map until one of them changed. */
  table(channel: Channel, table: string): ReadonlyMap<string, unknown> {
    return this.feeds.get(channel)?.shown.get(table) ?? EMPTY;
  }

  /** Whether a snapshot of the channel has been heard. */
  heard(channel: Channel): boolean {
    return this.feeds.get(channel)?.heard ?? false;
  }

  /** How old what is known of the channel is, by the gateway's clock; null before a run said anything. */
  age(channel: Channel): number | null {
    const feed = this.feeds.get(channel);
    if (!feed?.heard || feed.sourceMs === 0) return null;
    return Math.max(0, this.around.now() + this.health.offset - feed.sourceMs);
  }

  /** `what` is "channel/table", or "health". */
  watch(what: string, watcher: () => void): () => void {
    const set = this.watchers.get(what) ?? new Set();
    this.watchers.set(what, set.add(watcher));
    return () => set.delete(watcher);
  }

  // the line

  private connect(): void {
    clearTimeout(this.retry);
    this.drop();
    const token = this.around.token();
    if (!token) {
      this.tell({ link: "refused", text: "not signed in" });
      return;
    }
    this.tell({ link: "connecting", retryAt: 0 });
    const socket = this.around.open();
    this.socket = socket;
    this.heardAt = this.around.now();
    socket.onopen = () => this.say({ op: "auth", token });
    socket.onmessage = (event) => {
      if (socket === this.socket) this.hear(JSON.parse(String(event.data)) as Heard);
    };
    socket.onclose = (event) => {
      if (socket === this.socket) this.closed(event.code, event.reason);
    };
    this.pinger = setInterval(() => this.beat(), PING_MS);
  }

  private drop(): void {
    clearInterval(this.pinger);
    const socket = this.socket;
    this.socket = null;
    this.ready = false;
    this.pings.clear();
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private closed(code: number, reason: string): void {
    this.drop();
    if (!this.wanted) return;
    if (code === CLOSED.FORBIDDEN) {
      this.tell({ link: "refused", text: reason || "this user may not look at the stream" });
      return;
    }
    if (code === CLOSED.UNAUTHORISED) {
      this.tell({ link: "waiting", text: "signing in again" });
      // What follows a success is `renewed`; a gateway that is away is tried again like any other cut.
      this.around.renew().catch(() => this.wanted && this.later("signed out"));
      return;
    }
    this.later(code === CLOSED.LEAVING ? "the gateway shut down" : reason || "the connection was cut");
  }

  private lost(text: string): void {
    this.drop();
    this.later(text);
  }

  private later(text: string): void {
    const most = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.tries);
    const wait = most * (0.6 + 0.4 * Math.random());
    this.tries += 1;
    clearTimeout(this.retry);
    this.tell({ link: "waiting", text, retryAt: this.around.now() + wait });
    this.retry = setTimeout(() => this.wanted && this.connect(), wait);
  }

  private beat(): void {
    if (this.around.now() - this.heardAt > SILENCE_MS) this.lost("no answer");
    else if (this.ready) this.ping();
  }

  private ping(): void {
    this.pingNumber += 1;
    this.pings.set(this.pingNumber, this.around.now());
    this.say({ op: "ping", n: this.pingNumber });
  }

  private say(message: Said): void {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(message));
  }

  private subscribe(channels: Channel[]): void {
    if (channels.length === 0) return;
    const resume: Record<string, { epoch: string; version: number }> = {};
    for (const channel of channels) {
      const { epoch, version } = this.feed(channel);
      if (epoch) resume[channel] = { epoch, version };
    }
    this.say({ op: "subscribe", channels, ...(Object.keys(resume).length > 0 ? { resume } : {}) });
  }

  // what comes

  private hear(message: Heard): void {
    this.heardAt = this.around.now();
    switch (message.op) {
      case "ready":
        if (this.ready) return; // the answer to a renewed token
        this.ready = true;
        this.tries = 0;
        this.bestRtt = Number.POSITIVE_INFINITY;
        for (const feed of this.feeds.values()) feed.asked = false;
        this.tell({ link: "open", text: "", offset: message.at_ms - this.heardAt });
        this.subscribe(
          [...this.feeds].filter(([, feed]) => feed.users > 0 || feed.linger).map(([name]) => name),
        );
        this.ping();
        return;
      case "pong":
        this.measured(message.n, message.at_ms);
        return;
      case "snapshot":
        this.replaced(message);
        return;
      case "delta":
        this.moved(message);
        return;
      case "error":
        this.tell({ text: message.text });
    }
  }

  /** The clock's offset is taken from the quickest of the last round trips: half of that is the most it errs by. */
  private measured(n: number, atMs: number): void {
    const sent = this.pings.get(n);
    this.pings.delete(n);
    if (sent === undefined) return;
    const rtt = this.heardAt - sent;
    const better = rtt <= this.bestRtt;
    this.bestRtt = better ? rtt : this.bestRtt * 1.05 + 1;
    this.tell(better ? { rtt, offset: atMs - (sent + this.heardAt) / 2 } : { rtt });
  }

  private replaced(message: Snapshot): void {
    const feed = this.feed(message.channel);
    for (const table of feed.tables.keys()) this.mark(feed, table);
    const before = feed.tables;
    feed.tables = new Map();
    for (const [table, rows] of Object.entries(message.tables)) {
      feed.tables.set(table, merged(before.get(table), rows));
      this.mark(feed, table);
    }
    this.stand(feed, message);
  }

  private moved(message: Delta): void {
    const feed = this.feed(message.channel);
    if (!feed.heard || feed.epoch !== message.epoch || feed.version !== message.from) {
      // Not the continuation of what is here: ask for the whole, once.
      if (feed.asked) return;
      feed.asked = true;
      feed.epoch = "";
      this.subscribe([message.channel]);
      return;
    }
    for (const [table, rows] of Object.entries(message.set ?? {})) {
      const into = feed.tables.get(table) ?? new Map<string, unknown>();
      feed.tables.set(table, into);
      for (const [key, row] of Object.entries(rows)) into.set(key, row);
      this.mark(feed, table);
    }
    for (const [table, keys] of Object.entries(message.del ?? {})) {
      for (const key of keys) feed.tables.get(table)?.delete(key);
      this.mark(feed, table);
    }
    this.stand(feed, message);
  }

  private stand(feed: Feed, message: Snapshot | Delta): void {
    feed.epoch = message.epoch;
    feed.version = message.version;
    feed.sourceMs = message.source_ms;
    feed.heard = true;
    feed.asked = false;
  }

  // to React

  private feed(channel: Channel): Feed {
    let feed = this.feeds.get(channel);
    if (!feed) {
      feed = {
        users: 0,
        epoch: "",
        version: 0,
        sourceMs: 0,
        heard: false,
        asked: false,
        tables: new Map(),
        shown: new Map(),
        changed: new Set(),
      };
      this.feeds.set(channel, feed);
    }
    return feed;
  }

  private mark(feed: Feed, table: string): void {
    feed.changed.add(table);
    if (this.painting) return;
    this.painting = true;
    this.around.frame(() => this.paint());
  }

  private paint(): void {
    this.painting = false;
    for (const [channel, feed] of this.feeds) {
      if (feed.changed.size === 0) continue;
      const tables = [...feed.changed];
      feed.changed.clear();
      for (const table of tables) feed.shown.set(table, new Map(feed.tables.get(table)));
      for (const table of tables) this.wake(`${channel}/${table}`);
    }
  }

  private tell(next: Partial<Health>): void {
    this.health = { ...this.health, ...next };
    this.wake("health");
  }

  private wake(what: string): void {
    for (const watcher of this.watchers.get(what) ?? []) watcher();
  }
}

/** Rows of a snapshot, keeping the objects of those that are as they were, so that nothing is drawn for nothing. */
function merged(before: Map<string, unknown> | undefined, rows: Rows): Map<string, unknown> {
  const result = new Map<string, unknown>();
  for (const [key, row] of Object.entries(rows)) {
    const old = before?.get(key);
    result.set(key, old !== undefined && JSON.stringify(old) === JSON.stringify(row) ? old : row);
  }
  return result;
}
