import { afterEach, describe, expect, it, vi } from "vitest";
import { byteSemaphore } from "../../src/images/byte-semaphore.ts";
import { withPhoto } from "../../src/models/openai/photo-part.ts";
import { imagesConverter } from "../../src/models/photo-converter.ts";
import { buildModelRow } from "../support/build-model-row.ts";
import { photoAccess } from "../support/photo-access.ts";
import { photos } from "../support/photos.ts";
import type { Photo } from "../../src/pipeline/request.ts";

const megabyte = 1024 * 1024;
const photo: Photo = { kind: "stored", key: "scan/1", type: "image/png", sha256: "00" };
const { signal } = new AbortController();
const row = buildModelRow();

it("sends ten photos of 10 MB one after another", async () => {
  let [held, most] = [0, 0];
  const images = {
    sizeOf: () => Promise.resolve(10 * megabyte),
    get: () => {
      held += 1;
      most = Math.max(most, held);
      return Promise.resolve(new Uint8Array(10));
    },
  };
  const send = async () => {
    await scheduler.wait(2);
    held -= 1;
  };
  await Promise.all(
    Array.from({ length: 10 }, () => withPhoto(photo, row, photoAccess(images), signal, send)),
  );
  expect(most).toBe(1);
});

it("sends small photos together, and photos by URL at once", async () => {
  const started: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const images = {
    sizeOf: () => Promise.resolve(megabyte),
    get: () => Promise.resolve(new Uint8Array(10)),
  };
  const semaphore = byteSemaphore({ bytes: 3 * megabyte, leaseMs: 60_000, timeoutMs: 10_000 });
  const send = (what: string) => () => {
    started.push(what);
    return promise;
  };
  const address: Photo = { kind: "url", url: "https://images.example.com/1.jpg" };
  const all = [
    ...["a", "b", "c", "late"].map((it) =>
      withPhoto(photo, row, photoAccess(images), signal, send(it), semaphore),
    ),
    withPhoto(address, row, photoAccess(images), signal, send("address"), semaphore),
    withPhoto(null, row, photoAccess(images), signal, send("none"), semaphore),
  ];
  await expect.poll(() => started.toSorted()).toEqual(["a", "address", "b", "c", "none"]);
  resolve();
  await Promise.all(all);
  expect(started).toContain("late");
});

it("releases its permit when the photo is gone", async () => {
  const semaphore = byteSemaphore({ bytes: 1, leaseMs: 60_000, timeoutMs: 0 });
  const images = {
    sizeOf: () => Promise.resolve(10),
    get: () => Promise.resolve<Uint8Array | null>(null),
  };
  const nothing = () => Promise.resolve();
  for (let round = 0; round < 2; round++) {
    const sent = withPhoto(photo, row, photoAccess(images), signal, nothing, semaphore);
    await expect(sent).rejects.toMatchObject({ code: "PHOTO_GONE" });
  }
});

describe("a photo that the model does not take", () => {
  const heic: Photo = { kind: "stored", key: "scan/1", type: "image/heic", sha256: "00" };
  const stored = { sizeOf: () => Promise.resolve(3), get: () => Promise.resolve(photos.png) };
  const send = (parts: unknown) => Promise.resolve(JSON.stringify(parts));

  it("is converted where something converts photos", async () => {
    const output = vi.fn<ImageTransformer["output"]>(async () => ({
      response: () => new Response("jpeg"),
      contentType: () => "image/jpeg",
      image: () => new Blob(["jpeg"]).stream(),
    }));
    const transformer: ImageTransformer = {
      transform: () => transformer,
      draw: () => transformer,
      output,
    };
    const convert = imagesConverter({ input: () => transformer });
    const sent = await withPhoto(heic, row, { ...photoAccess(stored), convert }, signal, send);
    expect(sent).toContain(`data:image/jpeg;base64,${btoa("jpeg")}`);
    expect(output).toHaveBeenCalledWith({ format: "image/jpeg", anim: false });
  });

  it("is refused where nothing does, so that a fallback may take it", async () => {
    const sent = withPhoto(heic, row, photoAccess(stored), signal, send);
    await expect(sent).rejects.toMatchObject({ code: "MODEL_UNSUPPORTED_INPUT" });
  });

  it.each([
    [9412, "MODEL_UNSUPPORTED_INPUT"],
    [9432, "PHOTO_NOT_CONVERTED"],
  ])("is refused when the converter fails with %i", async (code, expected) => {
    const convert = imagesConverter({
      input() {
        throw Object.assign(new Error("scripted"), { code });
      },
    });
    const sent = withPhoto(heic, row, { ...photoAccess(stored), convert }, signal, send);
    await expect(sent).rejects.toMatchObject({ code: expected });
  });
});

describe("a public photo for a model that takes photos inline", () => {
  afterEach(() => void vi.restoreAllMocks());
  const inline = buildModelRow({ photos_inline: true });
  const address: Photo = { kind: "url", url: "https://images.example.com/1.png" };
  const none = { sizeOf: () => Promise.resolve(null), get: () => Promise.resolve(null) };
  const isAllowed = (url: string) => url.startsWith("https://images.example.com/");
  const sent = (attempt = signal) =>
    withPhoto(address, inline, { ...photoAccess(none), isAllowed }, attempt, (parts) =>
      Promise.resolve(JSON.stringify(parts)),
    );
  const answers = (...responses: (() => Response)[]) => {
    const spy = vi.spyOn(globalThis, "fetch");
    for (const response of responses) spy.mockImplementationOnce(async () => response());
    return spy;
  };
  const to = (location: string) => () => new Response(null, { status: 302, headers: { location } });
  const photo = () => new Response(photos.png);

  it("is fetched and sent as its bytes say", async () => {
    answers(photo);
    expect(await sent()).toContain(`data:image/png;base64,${photos.png.toBase64()}`);
  });

  it("is fetched behind redirects that are allowed", async () => {
    const fetched = answers(to("/2.png"), photo);
    expect(await sent()).toContain("data:image/png");
    expect(fetched.mock.calls.map(([url]) => url)).toEqual([
      "https://images.example.com/1.png",
      "https://images.example.com/2.png",
    ]);
  });

  const disconnected = () => {
    throw new TypeError("Network connection lost.");
  };
  const large = () => new Response(new Uint8Array(10 * megabyte + 1));
  it.each<[string, (() => Response)[], string]>([
    ["redirects to a private host", [to("https://10.0.0.1/")], "PHOTO_GONE"],
    ["redirects without end", Array.from({ length: 4 }, () => to("/1.png")), "PHOTO_GONE"],
    ["is not there", [() => new Response("", { status: 404 })], "PHOTO_GONE"],
    ["fails", [() => new Response("", { status: 503 })], "MODEL_PHOTO_UNREACHABLE"],
    ["does not answer", [disconnected], "MODEL_PHOTO_UNREACHABLE"],
    ["is too large", [large], "MODEL_UNSUPPORTED_INPUT"],
    ["is a page", [() => new Response("<html>")], "MODEL_UNSUPPORTED_INPUT"],
  ])("is refused when its address %s", async (_, responses, code) => {
    answers(...responses);
    await expect(sent()).rejects.toMatchObject({ code });
  });
});
