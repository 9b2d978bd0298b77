import { PAGES } from "@/pages";
import { Kbd, Modal } from "@/ui";
import { KEYS } from "./keys";

export function KeysHelp({ onClose }: { onClose: () => void }) {
  return (
    <Modal open title="Keys" onClose={onClose}>
      <dl className="flex flex-col gap-1.5 text-sm">
        {KEYS.map(({ keys, what }) => (
          <Line key={what} keys={keys} what={what} />
        ))}
      </dl>
      <h3 className="mb-2 mt-5 text-xs font-semibold text-dim">Pages</h3>
      <dl className="grid grid-cols-1 gap-x-6 gap-y-1.5 text-sm sm:grid-cols-2">
        {PAGES.map(({ name, title, key }) => (
          <Line key={name} keys={["g", key]} what={title} />
        ))}
      </dl>
    </Modal>
  );
}

function Line({ keys, what }: { keys: readonly string[]; what: string }) {
  return (
    <div className="flex items-center justify-between gap-4">
      <dt className="text-soft">{what}</dt>
      <dd className="flex shrink-0 gap-1">
        {keys.map((key) => (
          <Kbd key={key}>{key}</Kbd>
        ))}
      </dd>
    </div>
  );
}
