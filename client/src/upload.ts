import { ApiError } from "./api-error.ts";
import type { Connection } from "./connection.ts";
import type { RequestOptions } from "./options.ts";
import type { UploadAddress } from "./wire.ts";

export interface UploadOptions extends RequestOptions {
  /** By default a file's own, or `photo`. */
  filename?: string | undefined;
  /** By default what the blob says it is. */
  contentType?: string | undefined;
  /** What the photo is for. */
  channel?: "scan" | "chat" | "my" | undefined;
}

/** Uploads a photo and gives its address, which a scan takes as `imageUrl`. */
export async function upload(
  connection: Connection,
  photo: Blob,
  { filename, contentType, channel = "scan", ...options }: UploadOptions = {},
): Promise<string> {
  const address = await connection.read<UploadAddress>(`/api/v1/images/${channel}`, {
    ...options,
    method: "POST",
    json: { filename: filename ?? nameOf(photo), content_type: contentType ?? photo.type },
  });
  let tries = 1;
  try {
    await connection.ask(address.upload_url, {
      ...options,
      method: "PUT",
      headers: address.required_headers,
      body: photo,
      // The address opens by itself, and may be a store's.
      anonymous: true,
      onRetry: (attempt) => {
        tries = attempt;
        options.onRetry?.(attempt);
      },
    });
  } catch (error) {
    // It opens once: when the answer to an earlier try was lost, the photo is there.
    const isThere = error instanceof ApiError && error.code === "UPLOAD_USED" && tries > 1;
    if (!isThere) throw error;
  }
  return address.cdn_url;
}

const nameOf = (photo: Blob): string =>
  typeof File === "function" && photo instanceof File && photo.name ? photo.name : "photo";
