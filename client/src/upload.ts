import { ApiError } from "./api-error.ts";
import type { Connection } from "./connection.ts";
import type { RequestOptions } from "./options.ts";
import type { UploadAddress } from "./wire.ts";

export interface UploadOptions extends RequestOptions {
  /** Defaults to the name of the file, or `photo`. */
  filename?: string | undefined;
  /** Defaults to the type of the blob. */
  contentType?: string | undefined;
  /** The purpose of the photo. */
  channel?: "scan" | "chat" | "my" | undefined;
}

/** Uploads a photo and answers its address, the `imageUrl` of a scan. */
export async function upload(
  connection: Connection,
  photo: Blob,
  { filename, contentType, channel = "scan", ...options }: UploadOptions = {},
): Promise<string> {
  const address = await connection.requestJson<UploadAddress>(`/api/v1/images/${channel}`, {
    ...options,
    method: "POST",
    json: { filename: filename ?? nameOf(photo), content_type: contentType ?? photo.type },
  });
  let attempts = 1;
  try {
    await connection.request(address.upload_url, {
      ...options,
      method: "PUT",
      headers: address.required_headers,
      body: photo,
      // The URL is signed, and may be of another host.
      anonymous: true,
      onRetry: (attempt) => {
        attempts = attempt;
        options.onRetry?.(attempt);
      },
    });
  } catch (error) {
    // The URL works once: after a lost response, the photo of the earlier attempt is there.
    const isUploaded = error instanceof ApiError && error.code === "UPLOAD_USED" && attempts > 1;
    if (!isUploaded) throw error;
  }
  return address.cdn_url;
}

const nameOf = (photo: Blob): string =>
  typeof File === "function" && photo instanceof File && photo.name ? photo.name : "photo";
