import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";

/** How long an address of a photo is good for, in seconds. */
export const addressSeconds = 15 * 60;
/** What an address allows. It is the token's type, so that no token passes for another. */
const types = { upload: "photo-upload+jwt", read: "photo-read+jwt" };
type Use = keyof typeof types;

/** How long one is good for that an operator is given, in seconds. */
export const operatorPhotoSeconds = 2 * 60;

/** Whose grant it is, and when it was made: an erasure of its user ends it. */
const Maker = z.object({
  /** The id of the user's object. It does not name the user. */
  account: z.string(),
  /** Unix ms. */
  made: z.int(),
  /** Nobody may store what it shows. */
  no_store: z.literal(true).optional(),
});
export type Maker = z.infer<typeof Maker>;

/** `sub` is the photo's key, and with it whose it is and what it is for. */
const Grant = Maker.extend({ sub: z.string() });
const UploadTerms = Maker.extend({
  /** The media type the client announced. */
  type: z.string(),
  /** In bytes. */
  max: z.int(),
});
export type UploadTerms = z.infer<typeof UploadTerms>;

export type Opened<Terms> =
  | { verdict: "open"; terms: Terms }
  /** Signed by us for this photo, and too old. */
  | { verdict: "expired" }
  | { verdict: "closed" };

/** A token that lets anybody put one photo under a key. */
export const uploadToken = (secret: Uint8Array, key: string, terms: UploadTerms) =>
  signed(secret, "upload", key, terms);

/** A token that lets anybody see a photo. */
export const readToken = (secret: Uint8Array, key: string, maker: Maker) =>
  signed(secret, "read", key, maker, maker.no_store ? operatorPhotoSeconds : addressSeconds);

export const openUpload = (secret: Uint8Array, token: string, key: string) =>
  opened(secret, "upload", token, key, UploadTerms);

export const openRead = (secret: Uint8Array, token: string, key: string) =>
  opened(secret, "read", token, key, Maker);

const signed = (
  secret: Uint8Array,
  use: Use,
  key: string,
  terms: object,
  seconds = addressSeconds,
): Promise<string> =>
  new SignJWT({ ...terms })
    .setProtectedHeader({ alg: "HS256", typ: types[use] })
    .setSubject(key)
    .setExpirationTime(`${seconds}s`)
    .sign(secret);

async function opened<Terms extends z.ZodType>(
  secret: Uint8Array,
  use: Use,
  token: string,
  key: string,
  terms: Terms,
): Promise<Opened<z.output<Terms>>> {
  try {
    const { payload } = await jwtVerify(token, secret, {
      algorithms: ["HS256"],
      typ: types[use],
      requiredClaims: ["exp"],
    });
    const grant = Grant.and(terms).safeParse(payload).data;
    return grant?.sub === key ? { verdict: "open", terms: grant } : { verdict: "closed" };
  } catch (error) {
    if (error instanceof errors.JWTExpired && error.payload.sub === key) {
      return { verdict: "expired" };
    }
    if (error instanceof errors.JOSEError) return { verdict: "closed" };
    throw error;
  }
}
