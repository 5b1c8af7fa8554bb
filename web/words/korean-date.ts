/** `2020년 12월 25일` of an ISO date. */
export function koreanDate(isoDate: string): string {
  const [year, month, day] = isoDate.split("-").map(Number);
  return `${year}년 ${month}월 ${day}일`;
}
