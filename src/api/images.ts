import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { secretKey } from "../auth/secrets.ts";
import { adaptersOf } from "../adapters.ts";
import { keyOfPath, photoPath } from "../images/address.ts";
import { Channel, isPhotoOf, newPhotoKey } from "../images/keys.ts";
import { maxPhotoBytes } from "../images/media-type.ts";
import {
  addressSeconds,
  type Opened,
  openRead,
  openUpload,
  uploadToken,
} from "../images/signed-address.ts";
import { cleaned, readAtMost } from "./photo.ts";
import { invalid, Problem } from "./problem.ts";
import { readJson } from "./read-json.ts";
import { Upload } from "./upload-body.ts";
import { requireUser, type UserEnv } from "./user.ts";

const limitText = bodyLimit({
  maxSize: 4 * 1024,
  onError() {
    throw new Problem("PAYLOAD_TOO_LARGE", "What a photo is called is shorter.");
  },
});

/** Seen by the address's own token or as its owner. */
const requireUserOrToken = createMiddleware<UserEnv>(async function requireUserOrToken(c, next) {
  return c.req.query("token") ? next() : requireUser(c, next);
});

const onePhoto = "/:channel/:owner/:id";

/** Uploading, seeing and deleting photos. */
export const images = new Hono<UserEnv>()
  .post("/:channel", requireUser, limitText, async (c) => {
    const channel = Channel.safeParse(c.req.param("channel"));
    if (!channel.success) throw invalid(channel.error);
    const upload = Upload.safeParse(await readJson(c));
    if (!upload.success) throw invalid(upload.error);
    const key = await newPhotoKey(channel.data, c.get("userId"));
    const { content_type: type } = upload.data;
    const token = await uploadToken(secretOf(c), key, { type, max: maxPhotoBytes });
    const path = photoPath(key);
    return c.json({
      key,
      upload_url: `${path}?token=${token}`,
      cdn_url: path,
      expires_in: addressSeconds,
      required_headers: { "Content-Type": type },
    });
  })

  // The token is all it takes: no cookies come along from another origin. What the header calls the
  // bytes is not looked at, since an existing client says image/png whatever it sends: the bytes decide.
  .put(onePhoto, async (c) => {
    const key = keyOf(c);
    const { max } = openedOr404(await openUpload(secretOf(c), c.req.query("token") ?? "", key));
    const { images } = adaptersOf(c.env);
    if (await images.find(key)) throw alreadyUsed();
    const photo = cleaned(await readAtMost(c.req.raw, max));
    if (!(await images.putOnce(key, photo))) throw alreadyUsed();
    return c.body(null, 200);
  })

  .get(onePhoto, requireUserOrToken, async (c) => {
    const key = keyOf(c);
    const token = c.req.query("token");
    if (token) openedOr404(await openRead(secretOf(c), token, key));
    else if (!(await isPhotoOf(c.get("userId"), key))) throw resultNotFound();
    const photo = await adaptersOf(c.env).images.open(key, knownTo(c.req.raw));
    if (!photo) throw resultNotFound();
    const headers = {
      etag: photo.etag,
      "cache-control": `private, max-age=${addressSeconds}`,
      "content-disposition": "inline",
      "x-content-type-options": "nosniff",
      // Whatever it turns out to be, it runs nothing.
      "content-security-policy": "sandbox; default-src 'none'",
      // A front end on a neighbouring host shows it.
      "cross-origin-resource-policy": "same-site",
    };
    if (!photo.body) return c.body(null, 304, headers);
    return c.body(photo.body, 200, { ...headers, "content-type": photo.type });
  })

  // Of one that is not there as well: who asks again is answered the same.
  .delete(onePhoto, requireUser, async (c) => {
    const key = keyOf(c);
    if (!(await isPhotoOf(c.get("userId"), key))) throw resultNotFound();
    await adaptersOf(c.env).images.delete(key);
    return c.body(null, 204);
  });

function keyOf(c: Context): string {
  const key = keyOfPath(c.req.path);
  if (!key) throw resultNotFound();
  return key;
}

/** Only whether it is known: other conditions and ranges are not served. */
function knownTo(request: Request): Headers {
  const known = request.headers.get("if-none-match");
  return new Headers(known === null ? {} : { "if-none-match": known });
}

function secretOf(c: Context<UserEnv>): Uint8Array {
  const { key, error } = secretKey(c.env.SIGNING_SECRET);
  if (key) return key;
  throw new Problem(
    "NOT_CONFIGURED",
    `Photos cannot be uploaded here: SIGNING_SECRET ${error ?? "is not set"}.`,
  );
}

function openedOr404<Terms>(opened: Opened<Terms>): Terms {
  if (opened.verdict === "open") return opened.terms;
  if (opened.verdict === "closed") throw resultNotFound();
  throw new Problem(
    "LINK_EXPIRED",
    "Addresses of photos are good for 15 minutes; ask for another.",
  );
}

const resultNotFound = () => new Problem("IMAGE_NOT_FOUND", "No photo of yours has this address.");

const alreadyUsed = () =>
  new Problem("UPLOAD_USED", "A photo was put here already; ask for another address.");
