import { splitList } from "../auth/auth-settings.ts";
import { keyOfPath } from "../images/photo-url.ts";
import { isPhotoOf } from "../images/photo-keys.ts";
import type { Images } from "../images/r2-images.ts";
import type { Photo } from "../pipeline/request.ts";
import { callbackUrlError } from "../webhooks/callback-url-error.ts";
import { invalidValue } from "./problem.ts";

export interface AddressContext {
  userId: string;
  /** Of the request that names it: our own origin. */
  requestUrl: string;
  env: Pick<Env, "AUTH_MODE" | "IMAGE_HOSTS">;
  images: Pick<Images, "find">;
}

/**
 * The photo at an address: one of the user's own uploads, or one on a public host. That one is passed
 * to the model as it is and never fetched by us. Throws the problem of one that is refused.
 */
export async function photoAt(address: string, context: AddressContext): Promise<Photo> {
  const own = ownUrl(address, context.requestUrl);
  if (own) return ownPhoto(own, context);
  const refusal = callbackUrlError(address, context.env) ?? hostRefusal(address, context.env);
  if (refusal) throw invalidValue("image_url", refusal);
  const url = new URL(address);
  url.hash = "";
  return { kind: "url", url: url.href };
}

export const isOwnUrl = (address: string, requestUrl: string): boolean =>
  ownUrl(address, requestUrl) !== null;

/** The address as a URL when it is on our own host: a path, or whole as an existing client makes it. */
function ownUrl(address: string, requestUrl: string): URL | null {
  const isPath = /^\/(?![/\\])/.test(address);
  const url = isPath ? URL.parse(address, requestUrl) : URL.parse(address);
  // Not the origin: who ends TLS before us makes another scheme of the same host.
  return url && /^https?:$/.test(url.protocol) && url.host === new URL(requestUrl).host
    ? url
    : null;
}

async function ownPhoto(url: URL, { userId, images }: AddressContext): Promise<Photo> {
  const key = keyOfPath(url.pathname);
  const credentials = url.username !== "" || url.password !== "";
  // The response does not reveal whether another user's photo exists.
  if (!key || credentials || !(await isPhotoOf(userId, key))) {
    throw invalidValue("image_url", "does not name a photo of yours");
  }
  const stored = await images.find(key);
  if (!stored) {
    throw invalidValue(
      "image_url",
      "names a photo that is not there: PUT it to its upload_url first",
    );
  }
  return { kind: "stored", key, type: stored.type, sha256: stored.sha256 };
}

/** `IMAGE_HOSTS` names hosts, not what is below them. */
function hostRefusal(address: string, { IMAGE_HOSTS }: Pick<Env, "IMAGE_HOSTS">): string | null {
  const allowed = splitList(IMAGE_HOSTS.toLowerCase());
  const host = new URL(address).hostname.replace(/\.$/, "");
  return allowed.length === 0 || allowed.includes(host)
    ? null
    : "has to be on a host that photos are taken from here";
}
