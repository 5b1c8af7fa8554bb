import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { offlineModel, type SeePhoto } from "../../src/models/offline/offline-model.ts";
import { publishedWords } from "../../src/models/offline/published-words.ts";
import { PermanentError, TransientError } from "../../src/pipeline/errors.ts";
import type { Photo } from "../../src/pipeline/request.ts";
import type { Category } from "../../src/pipeline/taxonomy.ts";
import { kvRegulations } from "../../src/regulations/kv.ts";

const regulations = kvRegulations(env.REGULATIONS);
const { signal } = new AbortController();
const photo: Photo = { kind: "stored", key: "scan/1", type: "image/jpeg", sha256: "00" };

async function look(see: SeePhoto, words: string | null = null) {
  const regulation_version = await regulations.version();
  const model = offlineModel(publishedWords(regulations), see);
  return model.classify({ photo, words, regulation_version }, signal);
}

const shows =
  (category: Category, probability: number): SeePhoto =>
  async () => [
    { category, probability },
    { category: "금속류", probability: (1 - probability) / 2 },
  ];
const fails =
  (error: Error): SeePhoto =>
  async () => {
    throw error;
  };

describe("offlineModel: a photo", () => {
  it("is classified when the model is sure, and nothing of its state is claimed", async () => {
    expect(await look(shows("무색페트병", 0.97))).toMatchObject({
      classification: {
        major_category: "재활용폐기물",
        middle_category: "무색페트병",
        minor_category: "무색페트병",
      },
      situation_tags: [],
      notice: null,
      certainty: { confidence: 0.97, asks: null },
    });
  });

  it("that is unclear is asked about in one sentence", async () => {
    expect((await look(shows("유리병", 0.85))).notice).toBe("사진은 「유리병」 같은데 맞나요?");
    expect((await look(shows("유리병", 0.6))).notice).toBe(
      "사진은 「유리병」 아니면 「금속류」 같으니 어느 쪽인지 골라 주세요.",
    );
  });

  it("in which nothing is recognised fails the scan, with what to do", async () => {
    await expect(look(shows("유리병", 0.3))).rejects.toMatchObject({
      code: "NOT_RECOGNISED",
      message: expect.stringContaining("글로 적어 주세요"),
    });
    await expect(look(async () => null)).rejects.toMatchObject({
      code: "NOT_RECOGNISED",
      message: expect.stringContaining("사진을 열지 못했어요"),
    });
    await expect(look(shows("유리병", 0.3), "안녕하세요")).rejects.toMatchObject({
      code: "NOT_RECOGNISED",
    });
  });

  it("decides when the words name nothing", async () => {
    const { classification } = await look(shows("유리병", 0.95), "이거 어떻게 버려요?");
    expect(classification.middle_category).toBe("유리병");
  });

  it("does not outweigh the words, and makes them more certain when it agrees", async () => {
    const other = await look(shows("종이", 0.99), "소주병");
    expect(other).toMatchObject({
      classification: { middle_category: "유리병" },
      certainty: { asks: null },
    });
    const agreed = await look(shows("유리병", 0.99), "소주병");
    expect(agreed.certainty?.confidence).toBeGreaterThan(other.certainty?.confidence ?? 1);
  });

  it("that cannot be had does not stop words that name an item", async () => {
    const gone = fails(new PermanentError("PHOTO_GONE", "gone"));
    expect((await look(gone, "소주병")).notice).toContain("사진은 보지 못해서");
  });

  it("that cannot be had now is tried again when there are no words", async () => {
    const busy = fails(new TransientError("PHOTOS_BUSY", "busy"));
    await expect(look(busy)).rejects.toMatchObject({ code: "PHOTOS_BUSY" });
  });
});
