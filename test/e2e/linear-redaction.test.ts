import { describe, expect, it } from "vitest";
import { redacted } from "../../src/platform/log.ts";

/** Texts that make a pattern try again from every place, as a client or a provider may send them. */
const hostile: readonly [name: string, piece: string][] = [
  ["beginnings of session tokens", "eyJ-"],
  ["beginnings of session tokens with a dot", "eyJ.-"],
  ["beginnings of keys", "sk-!"],
  ["quotation marks", '"?'],
  ["quotation marks with dots", '"... is not valid JSO'],
  ["addresses without an end", "https://a@"],
  ["schemes", "http://"],
  ["queries without a value", "?a"],
  ["inline photos without bytes", "data:image/png;base6"],
  ["bearers", "Bearer  "],
];

/** The shortest of some runs, ms: what else the machine does only makes a run longer. */
function shortest(text: string): number {
  const times = Array.from({ length: 50 }, () => {
    const begin = performance.now();
    redacted(text);
    return performance.now() - begin;
  });
  return Math.min(...times);
}

describe("the redaction of a log line", () => {
  it.each(hostile)("takes time in proportion to the length of %s", (_, piece) => {
    const of = (pieces: number) => `see https://x/ ${piece.repeat(pieces)}`;
    const [small, large] = [500, 8_000];
    redacted(of(small));
    // Sixteen times as long; a quadratic pattern takes 256 times as much.
    expect(shortest(of(large))).toBeLessThan(64 * Math.max(shortest(of(small)), 0.05));
  });
});
