import { z } from "zod";
import { PhoneNumber } from "./phone-number.ts";
import { isoTime } from "../platform/iso.ts";
import { sql } from "../platform/sql.ts";

const longestNickname = 30;

const Nickname = z
  .string()
  .normalize()
  .trim()
  .min(1)
  .regex(/^\P{Cc}*$/u, { error: "must not have control characters" })
  .refine((name) => Array.from(name).length <= longestNickname, {
    error: `may have ${longestNickname} characters`,
  });

/** Changes of a profile. An absent member stays as it is; null clears it. */
export const ProfileChanges = z.strictObject({
  nickname: Nickname.nullable().optional(),
  phone_number: PhoneNumber.nullable().optional(),
});

/** Unknown members are null. Times are ISO 8601. */
export const Profile = z.object({
  username: z.string().nullable(),
  display_name: z.string().nullable(),
  nickname: z.string().nullable(),
  phone_number: z.string().nullable(),
  provider: z.string().nullable(),
  last_login_at: isoTime.nullable(),
});
export type Profile = z.infer<typeof Profile>;

const selectProfile = (db: D1Database, userId: string) =>
  sql(db)`
    SELECT username, display_name, nickname, phone_number, provider, last_login_at
    FROM users WHERE id = ${userId}`;

/** A user's profile; the first read creates it. */
export async function profileOf(db: D1Database, userId: string): Promise<Profile> {
  const found = await selectProfile(db, userId).first();
  return found ? Profile.parse(found) : changeProfile(db, userId, {});
}

export async function changeProfile(
  db: D1Database,
  userId: string,
  changes: z.infer<typeof ProfileChanges>,
): Promise<Profile> {
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
  return Profile.parse(found?.results[0]);
}
