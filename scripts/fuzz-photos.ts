/**
 * `npm run fuzz:photos`: reads damaged photos of every format. Ends with 1 when one of them is neither read nor
 * refused, takes longer than half a second, or more than 64 MB of memory.
 */
import { readdirSync, readFileSync } from "node:fs";
import { damagePhoto } from "../test/support/damage-photo.ts";
import { seededInteger } from "../test/support/seeded-random.ts";
import { photoModelOf } from "../src/photo-model/photo-model.ts";
import { photoWeights } from "../src/photo-model/photo-weights.ts";
import { commandOptions, endWith, positiveInteger } from "./command-options.ts";
import { allowWasmImports } from "./wasm-modules.ts";

allowWasmImports();
const { readPixels } = await import("../src/images/pixels/read-pixels.ts");

const usage = `Usage: npm run fuzz:photos -- [options]

  --rounds N  How many photos are damaged (20000).
  --seed N    Of the damages (1).
  --look      Runs the photo model on what is read, too: ten times as long.`;
const { values } = commandOptions(usage, {
  options: {
    rounds: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    look: { type: "boolean", default: false },
  },
});
const rounds = positiveInteger(usage, "rounds", values.rounds);
const seed = positiveInteger(usage, "seed", values.seed);
const maxMs = 500;
const maxMiB = 64;
/** The shorter side that the photo model asks for, pixels. */
const least = 160;

const fileOf = (path: string) =>
  Uint8Array.from(readFileSync(new URL(`../${path}`, import.meta.url)));
const kernel = (build: string) =>
  new WebAssembly.Module(fileOf(`src/photo-model/kernel-${build}.wasm`));
const small: { name: string; base64: string }[] = JSON.parse(
  new TextDecoder().decode(fileOf("test/fixtures/pixels/pictures.json")),
);
const photos = [
  ...small.map(({ name, base64 }) => ({
    name,
    bytes: Uint8Array.from(Buffer.from(base64, "base64")),
  })),
  ...readdirSync(new URL("../test/fixtures/photos", import.meta.url)).map((name) => ({
    name,
    bytes: fileOf(`test/fixtures/photos/${name}`),
  })),
];
const model = values.look
  ? photoModelOf(fileOf(`web/public${photoWeights.path}`).buffer, {
      simd: () => kernel("simd"),
      plain: () => kernel("plain"),
    })
  : null;

const maxRssMiB = () => process.resourceUsage().maxRSS / 1024;
/** Of this process: others on the machine do not count. */
const processorMs = () => process.cpuUsage().user / 1000;

const below = seededInteger(seed);
const outcomes = new Map<string, number>();
const worst = { ms: 0, name: "", round: 0 };
const startMiB = maxRssMiB();

for (let round = 0; round < rounds; round++) {
  // The memory of one photo is measured, and not what the collector has left of those before. For the same
  // reason `npm run fuzz:photos` keeps the collector's young generation small, which else grows with the rounds.
  globalThis.gc?.();
  const { name, bytes } = photos[round % photos.length] ?? endWith(1, "There are no photos.");
  const photo = damagePhoto(bytes, below);
  const started = processorMs();
  const outcome = await outcomeOf(photo);
  const ms = processorMs() - started;
  if (ms > worst.ms) Object.assign(worst, { ms, name, round });
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  if (outcome.startsWith("threw")) {
    endWith(1, `${name}, seed ${seed}, round ${round}: ${outcome}`);
  }
}

const grownMiB = maxRssMiB() - startMiB;
console.table(Object.fromEntries(outcomes));
console.log(
  `${rounds} photos, seed ${seed}. Longest: ${worst.ms.toFixed(0)} ms of processor time ` +
    `(${worst.name}, round ${worst.round}). Memory: ${grownMiB.toFixed(0)} MiB above the start.`,
);
if (worst.ms > maxMs || grownMiB > maxMiB) {
  endWith(1, `At most ${maxMs} ms and ${maxMiB} MiB are allowed.`);
}

async function outcomeOf(photo: Uint8Array): Promise<string> {
  try {
    const pixels = await readPixels(photo, least);
    model?.look(pixels);
    return "read";
  } catch (error) {
    if (error instanceof Error && error.name === "PixelsRefused" && "reason" in error) {
      return `refused: ${String(error.reason)}`;
    }
    return `threw ${error instanceof Error ? error.stack : String(error)}`;
  }
}
