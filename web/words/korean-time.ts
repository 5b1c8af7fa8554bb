const time = { hour: "numeric", minute: "2-digit" } as const;
const day = { month: "long", day: "numeric" } as const;

/** `2020년 12월 25일` of an ISO date. */
export const koreanDate = (isoDate: string): string =>
  new Date(isoDate).toLocaleDateString("ko-KR", { dateStyle: "long", timeZone: "UTC" });

/** The same of an ISO time, in the local zone. */
export const koreanDay = (isoTime: string): string =>
  new Date(isoTime).toLocaleDateString("ko-KR", { dateStyle: "long" });

/** `오후 3:05` of an ISO time in the local zone, with the day unless it is today. */
export function koreanTime(isoTime: string, now: Date): string {
  const at = new Date(isoTime);
  const today = at.toDateString() === now.toDateString();
  return at.toLocaleString("ko-KR", today ? time : { ...day, ...time });
}
