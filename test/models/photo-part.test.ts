import { expect, it } from "vitest";
import { byteSemaphore } from "../../src/images/byte-semaphore.ts";
import { type PhotoAccess, withPhoto } from "../../src/models/openai/photo-part.ts";
import { buildModelRow } from "../support/build-model-row.ts";
import type { Photo } from "../../src/pipeline/request.ts";

const megabyte = 1024 * 1024;
const photo: Photo = { kind: "stored", key: "scan/1", type: "image/png", sha256: "00" };
const { signal } = new AbortController();
const row = buildModelRow();
const access = (images: PhotoAccess["images"]): PhotoAccess => ({
  images,
  convert: null,
  isAllowed: () => true,
});

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
    Array.from({ length: 10 }, () => withPhoto(photo, row, access(images), signal, send)),
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
      withPhoto(photo, row, access(images), signal, send(it), semaphore),
    ),
    withPhoto(address, row, access(images), signal, send("address"), semaphore),
    withPhoto(null, row, access(images), signal, send("none"), semaphore),
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
    const sent = withPhoto(photo, row, access(images), signal, nothing, semaphore);
    await expect(sent).rejects.toMatchObject({ code: "PHOTO_GONE" });
  }
});
