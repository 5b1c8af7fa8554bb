import { readFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { Character } from "../../src/characters/character.ts";
import { type ModelRegistry, modelRegistry } from "../../src/models/model-registry.ts";
import { offlineModel } from "../../src/models/offline/offline-model.ts";
import { publishedWords } from "../../src/models/offline/published-words.ts";
import { openAIProvider } from "../../src/models/openai/openai-model.ts";
import type { Ports } from "../../src/ports.ts";
import { bookOfFiles } from "../../scripts/eval/book-of-files.ts";
import { ruleIn } from "../../src/regulations/book.ts";

/** What the stages run on without the Worker's stores: files of the repository, held in memory. */
export async function stagePorts(modelUrl: string): Promise<Ports & { models: ModelRegistry }> {
  const { version, book } = await bookOfFiles();
  const models = modelsOf(modelUrl, publishedWords({ book: async () => book }));
  const byLabel = await charactersByLabel();
  return {
    models,
    model: (name) => models.model(name),
    regulations: {
      version: async () => version,
      ruleOf: async (classification, _version, region) => ruleIn(book, classification, region),
    },
    characters: { matching: async (label) => byLabel.get(label) ?? null },
    rewards: { allowForWords: async () => true },
  };
}

function modelsOf(modelUrl: string, classifyWords: Parameters<typeof offlineModel>[0]) {
  // The load has no photos.
  const photos = {
    images: { sizeOf: async () => null, get: async () => null },
    convert: null,
    isAllowed: () => false,
  };
  const offline = offlineModel(classifyWords, async () => null);
  return modelRegistry({
    providers: {
      offline: { prompt: "", model: () => offline },
      ...(modelUrl && {
        openai: openAIProvider({ apiKey: "sk-bench", baseURL: modelUrl, photos }),
      }),
    },
    defaultModel: "",
    fallbacks: [],
    breakers: {
      waitMs: async () => 0,
      succeeded: async () => {},
      failed: async () => {},
      causeOf: () => null,
    },
    visionCache: { get: async () => null, put: async () => {} },
    maxCostUsd: Infinity,
  });
}

/** The catalog that a new deployment has. */
async function charactersByLabel(): Promise<ReadonlyMap<string, Character>> {
  using database = new DatabaseSync(":memory:");
  database.exec(await readFile("migrations/0001_characters.sql", "utf8"));
  const rows = "SELECT code, name, type, dialog, match_label AS match FROM characters";
  const characters = z.array(Character).parse(database.prepare(rows).all());
  return new Map(characters.map((it) => [it.match, it]));
}
