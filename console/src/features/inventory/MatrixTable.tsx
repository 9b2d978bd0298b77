import { money, percent, price, size } from "@/lib/format";
import { cx } from "@/ui";
import type { Matrix } from "./matrix";

/** Wallets down, assets across: amounts, what they are worth, and how much of all that is. */
export function MatrixTable({ found, quote }: { found: Matrix; quote: string }) {
  const most = Math.max(
    ...found.wallets.flatMap((row) => row.cells.map((cell) => Number(cell?.value ?? 0))),
    1,
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by keys
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Wallets by assets">
      <table className="w-full text-right text-sm tabular-nums">
        <thead className="text-2xs text-dim">
          <tr className="*:px-3 *:py-2 *:font-medium">
            <th scope="col" className="sticky left-0 z-10 bg-panel text-left">
              wallet
            </th>
            {found.assets.map((asset) => (
              <th key={asset} scope="col">
                {asset}
              </th>
            ))}
            <th scope="col">in all, {quote}</th>
            <th scope="col" className="w-32">
              share
            </th>
          </tr>
        </thead>
        <tbody>
          {found.wallets.map((row) => (
            <tr key={row.wallet} className="border-t border-line *:px-3 *:py-1.5">
              <th scope="row" className="sticky left-0 z-10 whitespace-nowrap bg-panel text-left font-medium">
                {row.wallet}
              </th>
              {row.cells.map((cell, n) => (
                <td
                  key={found.assets[n]}
                  title={cell?.price ? `${cell.asset} at ${price(Number(cell.price))}` : undefined}
                  style={
                    cell?.value
                      ? {
                          background: `color-mix(in oklab, var(--color-lime) ${(16 * Number(cell.value)) / most}%, transparent)`,
                        }
                      : undefined
                  }
                >
                  {cell ? (
                    <>
                      <span className="block">{size(cell.amount, 6)}</span>
                      <span className={cx("block text-2xs", cell.value === null ? "text-warn" : "text-soft")}>
                        {cell.value === null ? "no price" : money(cell.value, { digits: 0 })}
                      </span>
                    </>
                  ) : (
                    <span className="text-dim">–</span>
                  )}
                </td>
              ))}
              <td className="font-medium">{money(row.value.toFixed(2))}</td>
              <td>
                <Share part={row.share} />
              </td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr className="border-t border-edge bg-raised/40 *:px-3 *:py-2">
            <th scope="row" className="sticky left-0 z-10 bg-raised text-left font-medium">
              in all
            </th>
            {found.totals.map((one) => (
              <td key={one.asset}>
                <span className="block">
                  {one.priced || one.value ? money(one.value.toFixed(0), { digits: 0 }) : "–"}
                </span>
                <span className="block text-2xs text-soft">{percent(one.share, 1)}</span>
              </td>
            ))}
            <td className="font-semibold">{money(found.value.toFixed(2))}</td>
            <td />
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

function Share({ part }: { part: number }) {
  return (
    <span className="flex items-center justify-end gap-2 text-xs">
      <span className="h-1.5 w-14 overflow-hidden rounded-full bg-ground" aria-hidden>
        <span className="block h-full bg-lime" style={{ width: `${part * 100}%` }} />
      </span>
      <span className="w-11">{percent(part, 1)}</span>
    </span>
  );
}
