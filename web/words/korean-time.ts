const time = { hour: "numeric", minute: "2-digit" } as const;
const day = { month: "long", day: "numeric" } as const;

/** `오후 3:05` of an ISO time, where the resident is; with the day when that is not today. */
export function koreanTime(isoTime: string, now: Date): string {
  const at = new Date(isoTime);
  const today = at.toDateString() === now.toDateString();
  return at.toLocaleString("ko-KR", today ? time : { ...day, ...time });
}
