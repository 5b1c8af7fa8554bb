/**
 * `npm run eval -- --photos FOLDER`: how well the photo model sees, from original files through the reader
 * and the kernel that the Worker has.
 */
import { globSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type PhotoCandidate,
  photoCandidates,
  photoClasses,
} from "../../src/photo-model/photo-classes.ts";
import { photoModelOf } from "../../src/photo-model/photo-model.ts";
import { photoWeights } from "../../src/photo-model/photo-weights.ts";
import { assertFile, commandOptions, refuseUsage } from "../command-options.ts";
import { allowWasmImports } from "../wasm-modules.ts";
import { labelsOfFolders, parseLabels } from "./labelled-photos.ts";
import {
  isSure,
  photoFigures,
  type PhotoFigures,
  type SeenPhoto,
  type Share,
} from "./photo-figures.ts";
import { reliabilityPlot } from "./reliability-plot.ts";

const usage = `Usage: npm run eval -- --photos FOLDER [options]

FOLDER has a folder of photos for each class: ${Object.keys(photoClasses).join(" ")}

  --labels FILE    a CSV with the columns file, class and split instead of folders
  --split NAME     only the photos of this split
  --outside FOLDER photos of things that are of no class
  --weights FILE   other weights than those that are shipped
  --plain          without SIMD
  --plot FILE      writes the reliability plot as SVG
  --json           prints the figures as JSON`;

const { values: options } = commandOptions(usage, {
  options: {
    photos: { type: "string" },
    labels: { type: "string" },
    split: { type: "string" },
    outside: { type: "string" },
    weights: { type: "string" },
    plain: { type: "boolean", default: false },
    plot: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const folder = options.photos ?? refuseUsage(usage, "--photos has to name a folder.");
for (const name of ["photos", "labels", "outside", "weights"] as const) {
  assertFile(usage, name, options[name]);
}

allowWasmImports();
const { readPixels } = await import("../../src/images/pixels/read-pixels.ts");
const { PixelsRefused } = await import("../../src/images/pixels/pixels-refused.ts");
const { default: plain } = await import("../../src/photo-model/kernel-plain.wasm");
const { default: simd } = await import("../../src/photo-model/kernel-simd.wasm");

const weightsFile =
  options.weights ?? join(import.meta.dirname, "../../web/public", photoWeights.path);
const { buffer } = new Uint8Array(await readFile(weightsFile));
const model = photoModelOf(buffer, {
  simd: () => (options.plain ? plain : simd),
  plain: () => plain,
});

const refused: string[] = [];
const times = { read: [] as number[], look: [] as number[] };
const rssBefore = process.resourceUsage().maxRSS;

/** The probabilities of a photo, or null when the reader refuses it. */
async function probabilitiesOf(path: string): Promise<number[] | null> {
  const bytes = new Uint8Array(await readFile(path));
  const start = performance.now();
  try {
    const pixels = await readPixels(bytes, model.size);
    const read = performance.now();
    const probabilities = model.look(pixels);
    times.read.push(read - start);
    times.look.push(performance.now() - read);
    return probabilities;
  } catch (error) {
    if (!(error instanceof PixelsRefused)) throw error;
    refused.push(`${path}: ${error.message}`);
    return null;
  }
}

const filesBelow = (path: string) =>
  globSync("**/*.*", { cwd: path }).toSorted((a, b) => a.localeCompare(b));

async function seenPhotos() {
  const labelled = options.labels
    ? parseLabels(await readFile(options.labels, "utf8"), options.split)
    : labelsOfFolders(filesBelow(folder));
  const seen: SeenPhoto[] = [];
  for (const { file, class: expected } of labelled) {
    const probabilities = await probabilitiesOf(join(folder, file));
    if (probabilities) seen.push({ expected, probabilities });
  }
  return seen;
}

/** How many photos of no class are named all the same. */
async function outsideFigures(path: string) {
  const all: PhotoCandidate[][] = [];
  for (const file of filesBelow(path)) {
    const probabilities = await probabilitiesOf(join(path, file));
    if (probabilities) all.push(photoCandidates(model.classes, probabilities));
  }
  return [0.9, 0.8].map((least) => ({
    least,
    named: { right: all.filter((candidates) => isSure(candidates, least)).length, of: all.length },
  }));
}

const percent = (part: number, of: number) => `${((100 * part) / Math.max(of, 1)).toFixed(1)} %`;
const shareText = ({ right, of }: Share) => `${percent(right, of)} (${right}/${of})`;
const shareTexts = (shares: Record<string, Share>) =>
  Object.fromEntries(Object.entries(shares).map(([name, share]) => [name, shareText(share)]));

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)] ?? 0;
  return Math.round(10 * value) / 10;
}

function print(figures: PhotoFigures): void {
  const { photos, sure, calibration } = figures;
  console.table(shareTexts(figures.byClass));
  console.table(shareTexts(figures.byCategory));
  console.log("Answers (columns) by what is on the photo (rows):");
  console.table(figures.confusion);
  console.table(
    calibration.bins.map(({ from, to, photos, confidence, accuracy }) => ({
      probability: `${from}–${to}`,
      photos,
      confidence: percent(confidence, 1),
      right: percent(accuracy, 1),
    })),
  );
  console.log(`Expected calibration error ${percent(calibration.error, 1)}`);
  console.log(`${photos} photos: class ${shareText(figures.class)}`);
  console.log(`category ${shareText(figures.category)}, top 2 ${shareText(figures.topTwo)}`);
  for (const { least, photos: answered, accuracy } of sure)
    console.log(
      `sure at ${least}: ${percent(answered, photos)} of photos, right ${shareText(accuracy)}`,
    );
}

const figures = photoFigures(model.classes, await seenPhotos());
const outside = options.outside === undefined ? [] : await outsideFigures(options.outside);
const speed = Object.fromEntries(
  Object.entries(times).map(([step, all]) => [
    `${step}Ms`,
    { p50: percentile(all, 0.5), p95: percentile(all, 0.95), max: percentile(all, 1) },
  ]),
);
/** Of the process, of which Node and the model take their part before the first photo. */
const memory = {
  beforeMiB: Math.round(rssBefore / 1_024),
  peakMiB: Math.round(process.resourceUsage().maxRSS / 1_024),
};

if (options.plot !== undefined) await writeFile(options.plot, reliabilityPlot(figures.calibration));
if (options.json) {
  console.log(JSON.stringify({ ...figures, outside, refused, ...speed, memory }, null, 2));
} else {
  print(figures);
  for (const { least, named } of outside)
    console.log(`of no class: named at ${least} ${shareText(named)}`);
  for (const line of refused) console.log(`refused: ${line}`);
  console.table(speed);
  console.log(`Peak memory ${memory.peakMiB} MiB, ${memory.beforeMiB} before the first photo`);
}
