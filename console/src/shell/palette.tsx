import { Command } from "cmdk";
import { FileSearch, LogOut, type LucideIcon, OctagonX, Pause, Play, Wallet } from "lucide-react";
import { Dialog } from "radix-ui";
import { useState } from "react";
import { openControl } from "@/features/controls";
import { useRow, useTable } from "@/lib/live";
import { go, openTrace } from "@/lib/router";
import { signOut, useScope } from "@/lib/session";
import { PAGES } from "@/pages";
import { Kbd } from "@/ui";
import "./palette.css";

/** Ctrl-K: pages, controls, what is held and what is out, and any id. It is of the first load: what is typed right
 * after its keys must not be lost, or be keys of the page.
 */
export function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const run = useRow("status", "run", "run");
  const holdings = useTable("status", "holdings");
  const pairs = useTable("markets", "pairs");
  const orders = useTable("orders", "working");
  const sagas = useTable("sagas", "working");
  const may = useScope("trade");
  const done = (act: () => void) => () => {
    onClose();
    // After the dialog gave the focus back, so that what opens next can take it.
    setTimeout(act, 0);
  };
  const id = text.trim();
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-black/60" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed left-1/2 top-[12vh] z-50 w-[calc(100%-1.5rem)] max-w-xl -translate-x-1/2 overflow-hidden rounded-lg border border-edge bg-panel shadow-2xl outline-none"
        >
          <Dialog.Title className="sr-only">Find anything</Dialog.Title>
          <Command label="Find anything" loop filter={fits}>
            <Command.Input
              value={text}
              onValueChange={setText}
              placeholder="A page, a control, a pair, an id"
              className="h-12 w-full border-b border-line bg-transparent px-4 text-base outline-none"
            />
            <Command.List className="max-h-[50vh] overflow-y-auto p-1.5">
              <Command.Empty className="px-3 py-6 text-center text-sm text-dim">
                Nothing is called that
              </Command.Empty>
              <Command.Group heading="Pages">
                {PAGES.map(({ name, title, icon, key }) => (
                  <Item
                    key={name}
                    icon={icon}
                    value={`page ${title}`}
                    label={title}
                    keys={["g", key]}
                    onSelect={done(() => go(name))}
                  />
                ))}
              </Command.Group>
              <Command.Group heading="Controls">
                {may && run && (
                  <Item
                    icon={run.paused ? Play : Pause}
                    value="control pause resume entries"
                    label={run.paused ? "Resume all strategies" : "Pause all strategies"}
                    keys={["p"]}
                    onSelect={done(() => openControl({ kind: "pause" }))}
                  />
                )}
                {may && (
                  <Item
                    icon={OctagonX}
                    value="control panic close everything"
                    label="Panic: cancel and close everything"
                    keys={["!"]}
                    onSelect={done(() => openControl({ kind: "panic" }))}
                  />
                )}
                <Item
                  icon={LogOut}
                  value="control sign out"
                  label="Sign out"
                  onSelect={done(() => void signOut().catch(() => undefined))}
                />
              </Command.Group>
              {holdings.size > 0 && (
                <Command.Group heading="Holdings">
                  {[...holdings.values()].map((holding) => (
                    <Item
                      key={holding.id}
                      icon={Wallet}
                      value={`holding ${holding.pair} ${holding.type} ${holding.id}`}
                      label={`${holding.pair} ${holding.type}`}
                      detail={`${holding.state} · ${holding.id}`}
                      onSelect={done(() => openTrace(holding.wishes.at(-1) ?? holding.id))}
                    />
                  ))}
                </Command.Group>
              )}
              {pairs.size > 0 && (
                <Command.Group heading="Pairs">
                  {[...pairs.keys()].map((pair) => (
                    <Item
                      key={pair}
                      icon={PAGES[1]?.icon ?? Wallet}
                      value={`pair market ${pair}`}
                      label={pair}
                      detail="basis and book"
                      onSelect={done(() => go("markets", { pair }))}
                    />
                  ))}
                </Command.Group>
              )}
              {orders.size + sagas.size > 0 && (
                <Command.Group heading="In flight">
                  {[...sagas.values()].map((saga) => (
                    <Item
                      key={saga.id}
                      icon={FileSearch}
                      value={`saga ${saga.subject} ${saga.kind} ${saga.id}`}
                      label={`${saga.kind} ${saga.subject}`}
                      detail={saga.id}
                      onSelect={done(() => openTrace(saga.id))}
                    />
                  ))}
                  {[...orders.values()].map((order) => (
                    <Item
                      key={order.client_id}
                      icon={FileSearch}
                      value={`order ${order.side} ${order.instrument} ${order.client_id}`}
                      label={`${order.side} ${order.instrument}`}
                      detail={order.client_id}
                      onSelect={done(() => openTrace(order.client_id))}
                    />
                  ))}
                </Command.Group>
              )}
              {id.length >= 3 && (
                <Command.Group heading="By id" forceMount>
                  <Item
                    icon={FileSearch}
                    value={`trace ${id}`}
                    label={`Tell the story of ${id}`}
                    onSelect={done(() => openTrace(id))}
                  />
                  <Item
                    icon={FileSearch}
                    value={`journal ${id}`}
                    label={`Search the journal for ${id}`}
                    onSelect={done(() => go("journal", { text: id }))}
                  />
                </Command.Group>
              )}
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** Every word that was typed is in it. Letters here and there would let "pause" find a page. */
export function fits(value: string, text: string): number {
  const named = value.toLowerCase();
  return Number(
    text
      .toLowerCase()
      .split(/\s+/)
      .every((word) => named.includes(word)),
  );
}

interface ItemProps {
  icon: LucideIcon;
  value: string;
  label: string;
  detail?: string;
  keys?: readonly string[];
  onSelect: () => void;
}

function Item({ icon: Icon, value, label, detail, keys, onSelect }: ItemProps) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="flex h-9 cursor-pointer items-center gap-3 rounded-md px-2.5 text-sm text-soft data-[selected=true]:bg-press data-[selected=true]:text-text"
    >
      <Icon aria-hidden className="size-4 shrink-0 text-dim" strokeWidth={1.75} />
      <span className="truncate">{label}</span>
      {detail && <span className="ml-auto truncate pl-4 text-2xs text-dim">{detail}</span>}
      {keys && (
        <span className="ml-auto flex shrink-0 gap-1">
          {keys.map((key) => (
            <Kbd key={key}>{key}</Kbd>
          ))}
        </span>
      )}
    </Command.Item>
  );
}
