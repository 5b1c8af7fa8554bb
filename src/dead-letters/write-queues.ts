import { z } from "zod";
import { headOfJob } from "../events/job-heads.ts";
import { GrantMessage, MatchMessage, ScanEventsMessage } from "../pipeline/messages.ts";
import { sha256 } from "../platform/sha256.ts";
import { json } from "../platform/sql.ts";

/** Whose data a message holds, up to when, Unix ms, and of which job, if it says so. */
interface Subject {
  userId: string;
  at: number;
  jobId: string | null;
}
const grantSubject = GrantMessage.transform(({ userId, acquiredAt }): Subject => {
  return { userId, at: acquiredAt, jobId: null };
});
const eventsSubject = ScanEventsMessage.transform(({ userId, jobId, events }): Subject => {
  return { userId, at: Math.max(...events.map(({ at }) => at)), jobId };
});
const matchSubject = MatchMessage.transform(({ userId, jobId, endedAt }): Subject => {
  return { userId, at: endedAt, jobId };
});

/** SQL: the body of a dead letter. One that is not JSON is not written. */
const body = json("body");

/**
 * The queues whose messages are writes: the binding, the subject of a body, and the SQL that tells of a
 * dead letter whether its body is written.
 */
export const writeQueues = {
  "character-ownership": {
    binding: "CHARACTER_OWNERSHIP",
    subject: grantSubject,
    isWritten: `EXISTS (SELECT 1 FROM character_ownerships
      WHERE user_id = ${body} ->> 'userId' AND character_code = ${body} -> 'character' ->> 'code')`,
  },
  "user-characters": {
    binding: "USER_CHARACTERS",
    subject: grantSubject,
    isWritten: `EXISTS (SELECT 1 FROM user_characters
      WHERE user_id = ${body} ->> 'userId' AND code = ${body} -> 'character' ->> 'code'
        AND ${body} ->> 'acquiredAt' BETWEEN acquired_at AND given_at)`,
  },
  // A match that grants nothing writes no row: its consumer settles its dead letter.
  "character-match": {
    binding: "CHARACTER_MATCH",
    subject: matchSubject,
    isWritten: `EXISTS (SELECT 1 FROM character_ownerships AS owned
      JOIN user_characters AS saved ON saved.user_id = owned.user_id AND saved.code = owned.character_code
      WHERE owned.id = ${body} ->> 'jobId' AND owned.acquired_at = ${body} ->> 'endedAt')`,
  },
  "scan-events": {
    binding: "SCAN_EVENTS",
    subject: eventsSubject,
    isWritten: `coalesce(${headOfJob(`${body} ->> 'jobId'`)}
      >= (SELECT max(value ->> 'seq') FROM json_each(${body}, '$.events')), 0)`,
  },
} as const;
export const WriteQueue = z.enum([
  "character-ownership",
  "user-characters",
  "character-match",
  "scan-events",
]);
export type WriteQueue = z.infer<typeof WriteQueue>;

/** Names the dead letter of a body, whichever of its messages died. */
export const writeDeadLetterId = async (queue: WriteQueue, body: unknown): Promise<string> =>
  `${queue}:${await sha256(JSON.stringify(body) ?? "null")}`;
