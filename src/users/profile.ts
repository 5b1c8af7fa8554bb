import { z } from "zod";
import { PhoneNumber } from "./phone-number.ts";
import { isoTime } from "../platform/iso.ts";
import { sha256 } from "../platform/sha256.ts";
import { isVisible } from "./visible-text.ts";
import { sql } from "../platform/sql.ts";

const longestNickname = 120;

const Nickname = z
  .string()
  .normalize()
  .trim()
  .min(1)
  .refine(isVisible, { error: "must not have invisible, direction-changing or piled characters" })
  .refine((name) => Array.from(name).length <= longestNickname, {
    error: `may have ${longestNickname} characters`,
  });

/** Changes of a profile. An absent member stays as it is; null clears it. */
export const ProfileChanges = z.strictObject({
  nickname: Nickname.nullable().optional(),
  phone_number: PhoneNumber.nullable().optional(),
});

/** What a user without a nickname is called. */
const noNickname = "사용자";

/** Other unknown members are null. Times are ISO 8601. */
export const Profile = z.object({
  username: z.string().describe("Of the token; without one a name that stays the same."),
  display_name: z.string().nullable(),
  nickname: z.string().describe(`${noNickname} until one is chosen.`),
  phone_number: z.string().nullable(),
  provider: z.string().nullable(),
  last_login_at: isoTime.nullable(),
});
export type Profile = z.infer<typeof Profile>;

const Row = Profile.extend({ username: z.string().nullable(), nickname: z.string().nullable() });

/** Who asks: their id, and the name that their token gives them. */
export interface Asking {
  userId: string;
  username: string | null;
}

async function profileFrom(row: unknown, { userId, username }: Asking): Promise<Profile> {
  const found = Row.parse(row);
  return {
    ...found,
    username: found.username ?? username ?? `user-${(await sha256(userId)).slice(0, 8)}`,
    nickname: found.nickname ?? noNickname,
  };
}

const selectProfile = (db: D1Database, userId: string) =>
  sql(db)`
    SELECT username, display_name, nickname, phone_number, provider, last_login_at
    FROM users WHERE id = ${userId}`;

/** A user's profile; the first read creates it. */
export async function profileOf(db: D1Database, asking: Asking): Promise<Profile> {
  const found = await selectProfile(db, asking.userId).first();
  return found ? profileFrom(found, asking) : changeProfile(db, asking, {});
}

export async function changeProfile(
  db: D1Database,
  asking: Asking,
  changes: z.infer<typeof ProfileChanges>,
): Promise<Profile> {
  const { userId } = asking;
  const json = JSON.stringify(changes);
  const [, , found] = await db.batch([
    sql(
      db,
    )`INSERT INTO users (id, created_at) VALUES (${userId}, ${Date.now()}) ON CONFLICT DO NOTHING`,
    // json_type is NULL for an absent member, and 'null' for one that is null.
    sql(db)`
      UPDATE users SET
        nickname = iif(json_type(${json}, '$.nickname') IS NULL, nickname, ${json} ->> 'nickname'),
        phone_number = iif(json_type(${json}, '$.phone_number') IS NULL,
          phone_number, ${json} ->> 'phone_number')
      WHERE id = ${userId}`,
    selectProfile(db, userId),
  ]);
  return profileFrom(found?.results[0], asking);
}
