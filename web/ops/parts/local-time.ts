/** The last time that a control takes: with five digits a year is no instant. */
export const lastLocal = "9999-12-31T23:59";

/** The instant of a local time as a control gives it, in ISO 8601; empty for none. */
export const instantOf = (local: string): string =>
  local === "" ? "" : new Date(local).toISOString();

/** An instant as a control for local times takes it; empty for none. */
export function localOf(instant: string | undefined): string {
  const at = Date.parse(instant ?? "");
  if (Number.isNaN(at)) return "";
  return new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
