import { sha256 } from "../platform/sha256.ts";
import type { CleanPhoto } from "./clean/clean-photo.ts";
import { photoKeyOf } from "./photo-keys.ts";

/** What is known of a stored photo without reading it. */
export interface StoredPhoto {
  /** Detected from its bytes. */
  type: string;
  /** Of its bytes, lower-case hex. */
  sha256: string;
}

/** A clean photo with the key that it is stored under. */
export interface NamedPhoto extends CleanPhoto {
  key: string;
  /** Of its bytes, lower-case hex. */
  sha256: string;
}

/** A photo under the hash of its owner and bytes: the same one again is the same photo. */
export async function namedPhoto(userId: string, photo: CleanPhoto): Promise<NamedPhoto> {
  const hash = await sha256(photo.bytes);
  return { ...photo, key: await photoKeyOf(userId, hash), sha256: hash };
}

/** Photos that were uploaded, cleaned. */
export interface Images {
  put(photo: NamedPhoto): Promise<void>;
  /** Reserves a key for one photo, by an empty object. Whoever deletes the user's photos deletes it, too. */
  reserve(key: string): Promise<void>;
  isReserved(key: string): Promise<boolean>;
  /** Stores a photo under a reserved key, whoever comes first; false when it is not reserved any more. */
  putReserved(key: string, photo: CleanPhoto): Promise<boolean>;
  find(key: string): Promise<StoredPhoto | null>;
  /** In bytes; null when it is not there any more. */
  sizeOf(key: string): Promise<number | null>;
  /** The bytes of a photo, or null when it is not there any more. */
  get(key: string): Promise<Uint8Array | null>;
  /** For an HTTP answer; without a body when the client's copy is current. */
  open(key: string, conditions: Headers): Promise<OpenPhoto | null>;
  delete(key: string): Promise<void>;
}

export interface OpenPhoto {
  type: string;
  /** In quotes, as HTTP writes it. */
  etag: string;
  body: ReadableStream | null;
}

/** The MD5 of no bytes. */
const emptyEtag = "d41d8cd98f00b204e9800998ecf8427e";

const unknownType = "application/octet-stream";

export function r2Images(bucket: R2Bucket): Images {
  return {
    async put({ key, bytes, type, sha256 }) {
      // Again, too: a photo is kept for a time after it was last sent.
      await bucket.put(key, bytes, { httpMetadata: { contentType: type }, sha256 });
    },
    async reserve(key) {
      await bucket.put(key, new Uint8Array(0));
    },
    async isReserved(key) {
      return (await bucket.head(key))?.size === 0;
    },
    async putReserved(key, { bytes, type }) {
      const stored = await bucket.put(key, bytes, {
        onlyIf: { etagMatches: emptyEtag },
        httpMetadata: { contentType: type },
        sha256: await sha256(bytes),
      });
      return stored !== null;
    },
    async find(key) {
      const object = await bucket.head(key);
      const hash = object?.checksums.sha256;
      if (!object || !hash) return null;
      return { type: typeOf(object), sha256: new Uint8Array(hash).toHex() };
    },
    sizeOf: async (key) => (await bucket.head(key))?.size || null,
    async get(key) {
      const object = await bucket.get(key);
      return object && object.size > 0 ? object.bytes() : null;
    },
    async open(key, conditions) {
      const object = await bucket.get(key, { onlyIf: conditions });
      if (!object || object.size === 0) return null;
      const body = "body" in object ? object.body : null;
      return { type: typeOf(object), etag: object.httpEtag, body };
    },
    async delete(key) {
      await bucket.delete(key);
    },
  };
}

const typeOf = ({ httpMetadata }: R2Object): string => httpMetadata?.contentType ?? unknownType;
