import { sha256 } from "../sha256.ts";

/** Photos that were uploaded: bytes with the media type their first bytes say. */
export interface Images {
  /** Stores a photo under the hash of its owner and bytes: the same upload again is the same photo. */
  put(
    owner: string,
    bytes: Uint8Array<ArrayBuffer>,
    type: string,
  ): Promise<{ key: string; sha256: string }>;
  /** The bytes of a photo, or null when it is not there any more. */
  get(key: string): Promise<Uint8Array | null>;
}

export function r2Images(bucket: R2Bucket): Images {
  return {
    async put(owner, bytes, type) {
      const hash = await sha256(bytes);
      const key = `scan/${await sha256(JSON.stringify([owner, hash]))}`;
      await bucket.put(key, bytes, { httpMetadata: { contentType: type } });
      return { key, sha256: hash };
    },
    async get(key) {
      const object = await bucket.get(key);
      return object && object.bytes();
    },
  };
}
