import { expect, it } from "vitest";
import { ProfileChanges } from "../../src/users/profile.ts";

const accepted = (nickname: string) => ProfileChanges.safeParse({ nickname }).success;

it.each([
  "분리배출왕",
  "김 주민 2호",
  "José Müller",
  "Nguyễn Văn Ấ",
  "नमस्ते",
  "👩‍🚀 우주",
  "❤️ 지구",
  "👍🏽",
  "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
  "1️⃣등",
])("takes the nickname %s", (nickname) => expect(accepted(nickname)).toBe(true));

it.each([
  ["a zero-width space", "\u200B"],
  ["a zero-width joiner between letters", "김\u200D이"],
  ["a soft hyphen", "김\u00AD이"],
  ["a right-to-left override", "\u202Egnp.exe"],
  ["an isolate", "\u2066김\u2069"],
  ["a right-to-left mark", "김\u200F"],
  ["a byte order mark", "김\uFEFF이"],
  ["a Hangul filler", "\u3164"],
  ["a halfwidth Hangul filler", "\uFFA0김"],
  ["a blank braille pattern", "\u2800"],
  ["a variation selector on a letter", "김\uFE0F"],
  ["a supplementary variation selector", "김\u{E0100}"],
  ["a tag on a letter", "김\u{E0041}"],
  ["a word joiner", "김\u2060이"],
  ["an interlinear annotation", "\uFFF9김"],
  ["a line separator", "김\u2028이"],
  ["a control character", "김\u0007"],
  ["a private character", "\uE000"],
  ["piled marks", `a${"\u0301".repeat(9)}`],
  ["marks alone", "\u0301"],
])("refuses a nickname of %s", (_, nickname) => expect(accepted(nickname)).toBe(false));
