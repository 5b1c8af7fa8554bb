import { encode } from "uqr";

/** The light modules around a code that readers need. */
const quietZone = 2;
/** Two rows of modules in one line; the full block is light, as it is on a dark terminal. */
const blocks = { "00": "█", "01": "▀", "10": "▄", "11": " " } as const;
const isKey = (key: string): key is keyof typeof blocks => Object.hasOwn(blocks, key);

/**
 * A QR code of a text for a terminal, line by line.
 *
 * @param colored whether its colors are set, so that it is light on dark on any terminal.
 */
export function qrCodeLines(text: string, colored: boolean): string[] {
  const { data, size } = encode(text, { border: quietZone });
  const moduleAt = (row: number, column: number) => (data[row]?.[column] ? "1" : "0");
  const lines: string[] = [];
  for (let row = 0; row < size; row += 2) {
    let line = "";
    for (let column = 0; column < size; column++) {
      const key = moduleAt(row, column) + moduleAt(row + 1, column);
      line += isKey(key) ? blocks[key] : " ";
    }
    lines.push(colored ? `\x1b[97;40m${line}\x1b[0m` : line);
  }
  return lines;
}
