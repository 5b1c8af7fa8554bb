/**
 * `npm run eval`: how well the offline model reads what residents write. Ends with 1 when it gets
 * the class or the tags of fewer than 95 % right.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { publishedWords } from "../../src/models/offline/published-words.ts";
import { assertFile, commandOptions } from "../command-options.ts";
import { bookOfFiles } from "./book-of-files.ts";
import {
  type Figures,
  measure,
  type Mistake,
  parseExamples,
  percent,
  type Share,
} from "../../test/eval/measure.ts";

const required = 95;

const usage = `Usage: npm run eval -- [options]

  --file FILE      other sentences than those of test/eval, as JSON lines
  --json           prints the figures as JSON
  --photos FOLDER  measures the photo model instead; npm run eval -- --photos --help has its options`;

const { values: options } = commandOptions(usage, {
  options: {
    json: { type: "boolean", default: false },
    file: { type: "string", default: join(import.meta.dirname, "../../test/eval/sentences.jsonl") },
  },
});

assertFile(usage, "file", options.file);

const shareText = (share: Share) => `${percent(share).toFixed(1)} % (${share.right}/${share.of})`;
const list = (values: readonly string[]) => (values.length > 0 ? values.join(" ") : "–");
const mistakes = (all: readonly Mistake[]) =>
  all.map(({ words, expected, got }) => `  ${words}: ${list(expected)} ≠ ${list(got)}`).join("\n");

function print(figures: Figures) {
  console.table(
    Object.fromEntries(Object.entries(figures.classes).map(([name, it]) => [name, shareText(it)])),
  );
  console.table(
    Object.fromEntries(
      Object.entries(figures.byTag).map(([tag, { precision, recall }]) => [
        tag,
        { precision: shareText(precision), recall: shareText(recall) },
      ]),
    ),
  );
  console.log(`Wrong class (expected ≠ got):\n${mistakes(figures.wrongClass)}`);
  console.log(`Wrong tags (expected ≠ got):\n${mistakes(figures.wrongTags)}`);
  console.log(`Class ${shareText(figures.class)}, tags ${shareText(figures.tags)}`);
}

const { book } = await bookOfFiles();
const classifyWords = publishedWords({ book: async () => book });
const examples = parseExamples(await readFile(options.file, "utf8"));
const figures = await measure(examples, (words) => classifyWords(words, book.version));
if (options.json) console.log(JSON.stringify(figures, null, 2));
else print(figures);
if (percent(figures.class) < required || percent(figures.tags) < required) process.exitCode = 1;
