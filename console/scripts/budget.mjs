// What a browser loads to show the Overview, by the build's manifest: scripts, gzipped. Fails above the budget.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const BUDGET = 300_000;
const place = process.argv[2];
/** What is imported at once, and then lazily on the way to the Overview. */
const LOADED = ["index.html", "src/shell/shell.tsx", "src/pages/overview.tsx", "src/ui/price-chart-model.ts"];

const manifest = JSON.parse(readFileSync(join(place, ".vite", "manifest.json"), "utf8"));
const files = new Set();

function add(name) {
  const chunk = manifest[name];
  if (!chunk) throw new Error(`the build has no ${name}: scripts/budget.mjs names a file that is gone`);
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const other of chunk.imports ?? []) add(other);
}

LOADED.forEach(add);
let total = 0;
for (const file of files) {
  const size = gzipSync(readFileSync(join(place, file)), { level: 9 }).length;
  total += size;
  console.log(`${String(size).padStart(8)}  ${file}`);
}
console.log(
  `${String(total).padStart(8)}  of ${BUDGET} bytes of script, gzipped, for the Overview's first load`,
);
if (total > BUDGET) process.exit(1);
