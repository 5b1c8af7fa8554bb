import { sql } from "../platform/sql.ts";
import { hmacHex } from "./secrets.ts";
import { runBatch } from "./revocation-store.ts";

/** The addresses of one home or phone: of IPv6 the network, since a device chooses the rest. */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.toLowerCase().split("::");
  const groups = head.split(":").filter(Boolean);
  const rest = (tail ?? "").split(":").filter(Boolean);
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length);
  const all = [...groups, ...Array.from({ length: zeros }, () => "0"), ...rest];
  return all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}

/**
 * Counts one more guest at an address on a day.
 * @returns false, and counts nobody, when there have been `limit` of them.
 * @throws `AuthUnavailable` when D1 is out of reach.
 */
export async function admitGuest(
  db: D1Database,
  { key, address, day, limit }: { key: Uint8Array; address: string; day: number; limit: number },
): Promise<boolean> {
  const hash = await hmacHex(key, `guests ${day} ${networkOf(address)}`);
  const [counted] = await runBatch(db, [
    sql(db)`
      INSERT INTO guests_by_address (day, address, guests) VALUES (${day}, ${hash}, 1)
      ON CONFLICT (day, address) DO UPDATE SET guests = guests + 1 WHERE guests < ${limit}`,
    sql(db)`DELETE FROM guests_by_address WHERE day < ${day}`,
  ]);
  return (counted?.meta.changes ?? 0) > 0;
}
