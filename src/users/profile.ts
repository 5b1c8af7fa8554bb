import { z } from "zod";
import { PhoneNumber } from "./phone-number.ts";
import { iso } from "../platform/iso.ts";

const longestNickname = 30;

const Nickname = z
  .string()
  .normalize()
  .trim()
  .min(1)
  .regex(/^\P{Cc}*$/u, { error: "may not have control characters" })
  .refine((name) => Array.from(name).length <= longestNickname, {
    error: `may have ${longestNickname} characters`,
  });

/** What users may change of themselves; what is not said stays, and null takes it away. */
export const ProfileChanges = z.strictObject({
  nickname: Nickname.nullable().optional(),
  phone_number: PhoneNumber.nullable().optional(),
});

const Profile = z.object({
  username: z.string().nullable(),
  display_name: z.string().nullable(),
  nickname: z.string().nullable(),
  phone_number: z.string().nullable(),
  provider: z.string().nullable(),
  last_login_at: z
    .int()
    .nullable()
    .transform((at) => iso(at)),
});
/** Every member is there, null when it is not known. Times are ISO 8601. */
export type Profile = z.infer<typeof Profile>;

const selectProfile = `
  SELECT username, display_name, nickname, phone_number, provider, last_login_at
  FROM users WHERE id = ?`;
const createUser = "INSERT INTO users (id, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING";

/** A user's profile; the first look creates it. */
export async function profileOf(db: D1Database, userId: string): Promise<Profile> {
  const known = await db.prepare(selectProfile).bind(userId).first();
  return known ? Profile.parse(known) : changeProfile(db, userId, {});
}

export async function changeProfile(
  db: D1Database,
  userId: string,
  changes: z.infer<typeof ProfileChanges>,
): Promise<Profile> {
  const [, , found] = await db.batch([
    db.prepare(createUser).bind(userId, Date.now()),
    // A path that is not there has no type, while that of null is 'null'.
    db
      .prepare(
        `UPDATE users SET
           nickname = iif(json_type(?2, '$.nickname') IS NULL, nickname, ?2 ->> 'nickname'),
           phone_number = iif(json_type(?2, '$.phone_number') IS NULL, phone_number, ?2 ->> 'phone_number')
         WHERE id = ?1`,
      )
      .bind(userId, JSON.stringify(changes)),
    db.prepare(selectProfile).bind(userId),
  ]);
  return Profile.parse(found?.results[0]);
}
