/** Wallets by assets: who holds how much of what. */
import type { InventoryRow, TransferRow } from "@/lib/types";

export interface Matrix {
  assets: string[];
  wallets: { wallet: string; venue: string; cells: (InventoryRow | null)[]; value: number; share: number }[];
  totals: { asset: string; value: number; share: number; priced: boolean }[];
  value: number;
  /** Coins without a price: they are in no sum. */
  unpriced: string[];
}

/** Assets and wallets with the most value first; values are for shares and shades, amounts stay as they are. */
export function matrix(rows: readonly InventoryRow[]): Matrix {
  const byAsset = new Map<string, number>();
  const byWallet = new Map<string, { venue: string; value: number }>();
  const cells = new Map<string, InventoryRow>();
  const unpriced = new Set<string>();
  let value = 0;
  for (const one of rows) {
    const worth = Number(one.value ?? 0);
    if (one.value === null) unpriced.add(one.asset);
    value += worth;
    byAsset.set(one.asset, (byAsset.get(one.asset) ?? 0) + worth);
    const wallet = byWallet.get(one.wallet) ?? { venue: one.venue, value: 0 };
    wallet.value += worth;
    byWallet.set(one.wallet, wallet);
    cells.set(`${one.wallet} ${one.asset}`, one);
  }
  const share = (part: number) => (value > 0 ? part / value : 0);
  const assets = [...byAsset].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([asset]) => asset);
  return {
    assets,
    wallets: [...byWallet]
      .sort((a, b) => b[1].value - a[1].value || a[0].localeCompare(b[0]))
      .map(([wallet, of]) => ({
        wallet,
        venue: of.venue,
        value: of.value,
        share: share(of.value),
        cells: assets.map((asset) => cells.get(`${wallet} ${asset}`) ?? null),
      })),
    totals: assets.map((asset) => ({
      asset,
      value: byAsset.get(asset) ?? 0,
      share: share(byAsset.get(asset) ?? 0),
      priced: !unpriced.has(asset),
    })),
    value,
    unpriced: [...unpriced].sort(),
  };
}

/** Between which wallets: spot → perp @binance, or binance → bybit. */
export function way(one: Pick<TransferRow, "source" | "target">): string {
  const [source = "", kind = ""] = split(one.source);
  const [target = "", other = ""] = split(one.target);
  return source === target ? `${kind} → ${other} @${source}` : `${source} → ${target}`;
}

function split(wallet: string): [string, string] {
  const at = wallet.indexOf(".");
  return at < 0 ? [wallet, wallet] : [wallet.slice(0, at), wallet.slice(at + 1)];
}

export type Progress = "done" | "moving" | "failed";

export function progress(state: string): Progress {
  if (state === "booked") return "done";
  return state === "asked" || state === "on its way" ? "moving" : "failed";
}
