import { hasFields } from "../../client/src/has-fields.ts";

/** Tells a page that is open which of its paths a notification leads to. */
export interface NoticeTarget {
  target: string;
}

export const isNoticeTarget = (value: unknown): value is NoticeTarget =>
  hasFields(value, { target: "string" });
