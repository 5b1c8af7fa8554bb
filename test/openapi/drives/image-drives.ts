import { buildHeic } from "../../support/build-heic.ts";
import { vi } from "vitest";
import { z } from "zod";
import { maxPhotoBytes } from "../../../src/images/media-type.ts";
import { signedPhotoPath } from "../../../src/images/photo-url.ts";
import { accountIdOf } from "../../../src/objects.ts";
import { env } from "cloudflare:workers";
import { buildJpeg } from "../../support/photos.ts";
import { appFetch } from "../../support/app-fetch.ts";
import { as, asked, aUser, bodyOf, type Drives, jsonType, local, server } from "../driving.ts";

const path = z.url().transform((address) => {
  const { pathname, search } = new URL(address);
  return pathname + search;
});
const Address = z.object({ key: z.string(), upload_url: path, cdn_url: path });

const announced = (user: string, to = server) =>
  asked(
    "announcePhoto",
    { headers: { ...as(user), ...jsonType }, body: bodyOf("announcePhoto") ?? "" },
    to,
  );

async function anAddress(user = aUser()) {
  return { user, ...Address.parse(await (await announced(user)).json()) };
}

const put = (url: string, body: BodyInit = buildJpeg()) => server(url, { method: "PUT", body });

async function aPhoto() {
  const address = await anAddress();
  await put(address.upload_url);
  return address;
}

/** Once its addresses have run out. */
async function later(ask: () => Promise<Response>): Promise<Response> {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 16 * 60_000 });
  try {
    return await ask();
  } finally {
    vi.useRealTimers();
  }
}

/** Neither OpenAI nor the offline model takes HEIC. */
const withOpenAI = appFetch({ OPENAI_API_KEY: "sk-1" }, local);
const unsigned = appFetch({ SIGNING_SECRET: "" }, local);

export const imageDrives: Drives = {
  announcePhoto: {
    "200": () => announced(aUser()),
    "503 NOT_CONFIGURED": () => announced(aUser(), unsigned),
  },
  putPhoto: {
    "200": async () => put((await anAddress()).upload_url),
    "409 UPLOAD_USED": async () => put((await aPhoto()).upload_url),
    "410 LINK_EXPIRED": async () => {
      const { upload_url } = await anAddress();
      return later(() => put(upload_url));
    },
    "413 PAYLOAD_TOO_LARGE": async () =>
      put((await anAddress()).upload_url, new Uint8Array(maxPhotoBytes + 1)),
    "415 UNSUPPORTED_MEDIA_TYPE": async () => put((await anAddress()).upload_url, "no photo"),
    "415 UNSUPPORTED_PHOTO_TYPE": async () =>
      withOpenAI((await anAddress()).upload_url, { method: "PUT", body: buildHeic() }),
    "422 VALIDATION_ERROR": async () =>
      put((await anAddress()).upload_url, buildJpeg().subarray(0, 40)),
    "503 NOT_CONFIGURED": async () =>
      unsigned((await anAddress()).upload_url, { method: "PUT", body: buildJpeg() }),
  },
  getPhoto: {
    "200": async () => {
      const { cdn_url, user } = await aPhoto();
      return server(cdn_url, { headers: as(user) });
    },
    "304": async () => {
      const { cdn_url, user } = await aPhoto();
      const etag = (await server(cdn_url, { headers: as(user) })).headers.get("etag") ?? "";
      return server(cdn_url, { headers: { ...as(user), "if-none-match": etag } });
    },
    "410 LINK_EXPIRED": async () => {
      const { key, user } = await aPhoto();
      const url = (await signedPhotoPath(env, key, accountIdOf(env, user))) ?? "";
      return later(() => server(url));
    },
    "503 NOT_CONFIGURED": async () => unsigned(`${(await aPhoto()).cdn_url}?token=any`),
  },
  deletePhoto: {
    "204": async () => {
      const { cdn_url, user } = await aPhoto();
      return server(cdn_url, { method: "DELETE", headers: as(user) });
    },
  },
};
