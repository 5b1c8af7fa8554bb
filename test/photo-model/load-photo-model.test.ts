import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import plain from "../../src/photo-model/kernel-plain.wasm";
import simd from "../../src/photo-model/kernel-simd.wasm";
import { loadPhotoModel, PhotoModelUnavailable } from "../../src/photo-model/load-photo-model.ts";
import { photoClasses } from "../../src/photo-model/photo-classes.ts";
import { photoWeights } from "../../src/photo-model/photo-weights.ts";
import { InvalidWeights } from "../../src/photo-model/weights-file.ts";
import { workerPhotoModel } from "../../src/photo-model/worker-photo-model.ts";
import { sha256 } from "../../src/platform/sha256.ts";
import { buildSmallModel } from "../support/build-weights.ts";

const kernel = { simd: () => simd, plain: () => plain };
const file = buildSmallModel();
const weightsSha256 = await sha256(new Uint8Array(file));
const photo = { width: 2, height: 1, data: Uint8Array.of(0, 9, 200, 255, 90, 30, 0, 255) };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The error of a load. */
async function failure(load: () => Promise<unknown>) {
  const error: unknown = await load().catch((error: unknown) => error);
  if (!(error instanceof PhotoModelUnavailable)) throw new Error("The load has not failed.");
  return error;
}

describe("loadPhotoModel", () => {
  it("reads the weights once for ten concurrent first calls, and never again", async () => {
    const fetchWeights = vi.fn(async () => file);
    const load = loadPhotoModel({ fetchWeights, weightsSha256, kernel });
    const models = await Promise.all(Array.from({ length: 10 }, () => load()));
    vi.setSystemTime(Date.now() + 365 * 86_400_000);
    models.push(await load());
    expect(new Set(models).size).toBe(1);
    expect(fetchWeights).toHaveBeenCalledTimes(1);
    expect(models[0]?.look(photo)).toHaveLength(3);
  });

  it("reads nothing before the first call", () => {
    const fetchWeights = vi.fn(async () => file);
    loadPhotoModel({ fetchWeights, weightsSha256, kernel });
    expect(fetchWeights).not.toHaveBeenCalled();
  });

  it("refuses weights of another hash, and logs it", async () => {
    const warn = vi.spyOn(console, "warn");
    const load = loadPhotoModel({
      fetchWeights: async () => buildSmallModel({ temperature: 2 }),
      weightsSha256,
      kernel,
    });
    expect((await failure(load)).cause).toMatchObject({
      message: expect.stringContaining(weightsSha256),
    });
    expect(warn).toHaveBeenCalledWith(
      expect.stringMatching(/"cache.load_failed".*"photo-model".*SHA-256/),
    );
  });

  it("refuses a truncated file by its hash, and by its layers where the hash is its own", async () => {
    const truncated = file.slice(0, -8);
    const fetchWeights = async () => truncated;
    const byHash = await failure(loadPhotoModel({ fetchWeights, weightsSha256, kernel }));
    expect(byHash.cause).toMatchObject({ message: expect.stringContaining("SHA-256") });
    const ownSha256 = await sha256(new Uint8Array(truncated));
    const load = loadPhotoModel({ fetchWeights, weightsSha256: ownSha256, kernel });
    expect((await failure(load)).cause).toBeInstanceOf(InvalidWeights);
  });

  it("tries again a second after a failed read", async () => {
    const fetchWeights = vi.fn(async () => file);
    fetchWeights.mockRejectedValueOnce(new Error("out of reach"));
    const load = loadPhotoModel({ fetchWeights, weightsSha256, kernel });
    await failure(load);
    await failure(load);
    expect(fetchWeights).toHaveBeenCalledTimes(1);
    vi.setSystemTime(Date.now() + 1_000);
    expect((await load()).look(photo)).toHaveLength(3);
    expect(fetchWeights).toHaveBeenCalledTimes(2);
  });
});

describe("workerPhotoModel", () => {
  it("loads the weights that the project ships", async () => {
    const model = await workerPhotoModel(env.ASSETS)();
    expect(model.classes.toSorted()).toEqual(Object.keys(photoClasses).toSorted());
    const probabilities = model.look(photo);
    expect(probabilities).toHaveLength(model.classes.length);
    expect(probabilities.reduce((sum, each) => sum + each)).toBeCloseTo(1);
  });

  it("is not available when the weights are missing", async () => {
    const assets = { ...env.ASSETS, fetch: async () => new Response("Not Found", { status: 404 }) };
    const error = await failure(workerPhotoModel(assets));
    expect(error.cause).toMatchObject({ message: `${photoWeights.path} answers 404.` });
  });
});
