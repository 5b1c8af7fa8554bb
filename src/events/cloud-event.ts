import { schemaPathOf } from "./contract/published-schemas.ts";
import type { LoggedEvent } from "./logged-event.ts";
import { iso } from "../platform/iso.ts";

/** Where the events of a kind come from. */
export const eventSources = {
  scan: "/api/v1/scan",
  catalog: "/api/v1/character/catalog",
  token: "/api/v1/auth",
} as const;
const sourceOf = (type: string) => {
  const [kind] = type.split(".");
  return kind === "catalog" || kind === "token" ? eventSources[kind] : eventSources.scan;
};

/**
 * A logged event as a CloudEvent 1.0. Its extensions are strings, as a cursor may exceed CloudEvents'
 * 32-bit Integer, and `sequence` is compared as text.
 * @param origin where its schema is published: `dataschema` has to be absolute.
 */
export const cloudEventOf = (
  { cursor, job_id, seq, type, at, user_id, traceparent, data }: LoggedEvent,
  origin: string,
) => ({
  specversion: "1.0",
  id: `${job_id}/${seq}`,
  source: sourceOf(type),
  subject: job_id,
  type,
  time: iso(at),
  datacontenttype: "application/json",
  dataschema: new URL(schemaPathOf(type), origin).href,
  cursor: String(cursor),
  sequence: String(seq).padStart(10, "0"),
  ...(user_id !== null && { userid: user_id }),
  ...(traceparent !== null && { traceparent }),
  data,
});
