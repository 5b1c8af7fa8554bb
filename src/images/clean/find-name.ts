/**
 * Where one of several names of four characters stands in bytes.
 *
 * @param isMeant Whether a place counts.
 * @returns The first place that counts; -1 without one.
 */
export function findName(
  bytes: Uint8Array,
  names: readonly string[],
  isMeant: (at: number) => boolean = () => true,
): number {
  const codes = new Set(names.map(codeOf));
  const isEnd = new Uint8Array(256);
  for (const code of codes) isEnd[code & 255] = 1;
  let last = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    last = (last << 8) | byte;
    if (isEnd[byte] === 1 && codes.has(last) && at >= 3 && isMeant(at - 3)) return at - 3;
  }
  return -1;
}

const codeOf = (name: string): number =>
  Array.from(name).reduce((code, char) => (code << 8) | char.charCodeAt(0), 0);
