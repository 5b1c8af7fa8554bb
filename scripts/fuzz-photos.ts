/**
 * `npm run fuzz:photos`: cleans and reads damaged photos of every format, in which words, a phone number and a position
 * are planted wherever the format holds some. Ends with 1 when a photo is neither cleaned nor refused, when something
 * planted is left in a cleaned one, or when one takes too long or too much memory.
 */
import { readdirSync, readFileSync } from "node:fs";
import { damagePhoto } from "../test/support/damage-photo.ts";
import { hostilePhotos } from "../test/support/hostile-photos.ts";
import { findPlanted, plantedHeic, plantedPhotos } from "../test/support/planted-photos.ts";
import { seededInteger } from "../test/support/seeded-random.ts";
import { photoModelOf } from "../src/photo-model/photo-model.ts";
import { photoWeights } from "../src/photo-model/photo-weights.ts";
import { commandOptions, endWith, positiveInteger } from "./command-options.ts";
import { allowWasmImports } from "./wasm-modules.ts";

allowWasmImports();
const { cleanPhoto } = await import("../src/images/clean/clean-photo.ts");
const { readPixels } = await import("../src/images/pixels/read-pixels.ts");

const usage = `Usage: npm run fuzz:photos -- [options]

  --rounds N  How many photos are damaged (100000).
  --seed N    Of the damages (1).
  --look      Runs the photo model on what is read, too: ten times as long.`;
const { values } = commandOptions(usage, {
  options: {
    rounds: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    look: { type: "boolean", default: false },
  },
});
const rounds = positiveInteger(usage, "rounds", values.rounds);
const seed = positiveInteger(usage, "seed", values.seed);
/** Of each step, and above the start. */
const maxMs = 300;
const maxMiB = 64;
/** The shorter side that the photo model asks for, pixels. */
const least = 160;
/** Every so many rounds, a photo that is made to take long, or a large one. */
const largeEvery = 500;
const largeBytes = 100_000;
const collectEvery = 20;
/** How often a step that takes too long is measured again. */
const repeats = 4;
/** How often it says how far it is, rounds. */
const tellEvery = 5_000;

const fileOf = (path: string) =>
  Uint8Array.from(readFileSync(new URL(`../${path}`, import.meta.url)));
const kernel = (build: string) =>
  new WebAssembly.Module(fileOf(`src/photo-model/kernel-${build}.wasm`));
const pictures: { name: string; base64: string }[] = JSON.parse(
  new TextDecoder().decode(fileOf("test/fixtures/pixels/pictures.json")),
);
const planted = [
  ...pictures.map(({ name, base64 }) => ({
    name,
    bytes: Uint8Array.from(Buffer.from(base64, "base64")),
  })),
  ...readdirSync(new URL("../test/fixtures/photos", import.meta.url)).map((name) => ({
    name,
    bytes: fileOf(`test/fixtures/photos/${name}`),
  })),
].flatMap(plantedPhotos);
const small = [...planted.filter(({ bytes }) => bytes.length <= largeBytes), plantedHeic];
const large = [
  ...planted
    .filter(({ bytes }) => bytes.length > largeBytes)
    .map(({ name, bytes }) => ({ name, build: () => bytes })),
  ...Object.entries(hostilePhotos).map(([name, build]) => ({ name, build })),
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
const worst = { ms: 0, name: "" };
/** The most memory that a photo took above what was there before. */
const most = { mib: 0, name: "" };

for (let round = 0; round < rounds; round++) {
  if (round > 0 && round % tellEvery === 0) console.error(`${round} of ${rounds} photos`);
  const { name, bytes } = photoOf(round);
  const photo = damagePhoto(bytes, below);
  const where = `${name}, seed ${seed}, round ${round}`;
  // The memory of one photo is measured, and not what the collector has left of those before. For the same
  // reason `npm run fuzz:photos` keeps the collector's young generation small, which else grows with the rounds.
  if (round % collectEvery === 0 || bytes.length > largeBytes) globalThis.gc?.();
  const before = maxRssMiB();
  await measured(where, "cleaned", () => {
    const cleaned = cleanPhoto(photo).bytes;
    if (findPlanted(cleaned) !== -1) endWith(1, `${where}: something planted is left.`);
  });
  await measured(where, "read", async () => {
    const pixels = await readPixels(photo, least);
    model?.look(pixels);
  });
  const mib = maxRssMiB() - before;
  if (mib > most.mib) Object.assign(most, { mib, name: where });
}

console.table(Object.fromEntries([...outcomes].toSorted(([a], [b]) => a.localeCompare(b))));
console.log(
  `${rounds} photos, seed ${seed}: each is cleaned and read, or refused, and nothing planted is left.\n` +
    `Longest: ${worst.ms.toFixed(0)} ms of processor time (${worst.name}).\n` +
    `Most memory: ${most.mib.toFixed(0)} MiB more than before (${most.name}).`,
);
if (worst.ms > maxMs || most.mib > maxMiB) {
  endWith(1, `At most ${maxMs} ms and ${maxMiB} MiB are allowed.`);
}

function photoOf(round: number): { name: string; bytes: Uint8Array } {
  const next = large[Math.floor(round / largeEvery) % large.length];
  if (round % largeEvery === 0 && next) return { name: next.name, bytes: next.build() };
  return small[round % small.length] ?? endWith(1, "There are no photos.");
}

/** Runs one step on a photo: it succeeds, or it is refused with a reason. */
async function measured(where: string, what: string, run: () => unknown): Promise<void> {
  const { outcome, ms: first } = await timed(run);
  let ms = first;
  if (outcome.startsWith("threw")) endWith(1, `${where}: ${outcome}`);
  // Others on the machine slow a step down: what it takes by itself is the least.
  for (let again = 0; again < repeats && ms > maxMs; again++)
    ms = Math.min(ms, (await timed(run)).ms);
  if (ms > worst.ms) Object.assign(worst, { ms, name: `${what}: ${where}` });
  const label = outcome === "" ? what : `not ${what}: ${outcome}`;
  outcomes.set(label, (outcomes.get(label) ?? 0) + 1);
}

async function timed(run: () => unknown): Promise<{ outcome: string; ms: number }> {
  const started = processorMs();
  const outcome = await outcomeOf(run);
  return { outcome, ms: processorMs() - started };
}

/** Empty for what succeeds. */
async function outcomeOf(run: () => unknown): Promise<string> {
  try {
    await run();
    return "";
  } catch (error) {
    const isRefusal = error instanceof Error && /^(?:Photo|Pixels)Refused$/.test(error.name);
    if (isRefusal && "reason" in error) return String(error.reason);
    return `threw ${error instanceof Error ? error.stack : String(error)}`;
  }
}
