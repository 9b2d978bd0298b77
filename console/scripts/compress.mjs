// After `vite build`: a .gz and a .br beside every file that is worth it, so that the gateway only has to hand them out.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const LEAST = 1024;
const place = process.argv[2];

for (const name of readdirSync(place, { recursive: true })) {
  const path = join(place, name);
  if (!/\.(js|css|html|svg|json)$/.test(name) || statSync(path).size < LEAST) continue;
  const body = readFileSync(path);
  writeFileSync(`${path}.gz`, gzipSync(body, { level: 9 }));
  writeFileSync(
    `${path}.br`,
    brotliCompressSync(body, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: body.length },
    }),
  );
}
