import { z } from "zod";
import { sha256 } from "../platform/sha256.ts";

/** What a photo is for. */
export const Channel = z.enum(["scan", "chat", "my"]);
export type Channel = z.infer<typeof Channel>;
export const channels = Channel.options;

/** `{channel}/{whose}/{uuid}`: cannot be guessed, and all that one user has stands together. */
const keyForm = new RegExp(
  `^(?:${channels.join("|")})/[0-9a-f]{32}/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$`,
);

export const isPhotoKey = (text: string): boolean => keyForm.test(text);

/** A user in a key: half of their id's SHA-256, so that an address does not reveal who they are. */
export const ownerHash = async (userId: string): Promise<string> =>
  (await sha256(userId)).slice(0, 32);

export const newPhotoKey = async (channel: Channel, userId: string): Promise<string> =>
  `${channel}/${await ownerHash(userId)}/${crypto.randomUUID()}`;

/** The key of these bytes for this user: the same upload again is the same photo. */
export async function photoKeyOf(userId: string, hash: string): Promise<string> {
  const name = await sha256(JSON.stringify([userId, hash]));
  // A version 8 UUID (RFC 9562).
  const id = name.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-8$3-8$4-$5");
  return `scan/${await ownerHash(userId)}/${id}`;
}

export const isPhotoOf = async (userId: string, key: string): Promise<boolean> =>
  key.split("/")[1] === (await ownerHash(userId));
