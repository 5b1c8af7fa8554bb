import type { Context } from "hono";
import { accepts } from "hono/accepts";
import { problemMessages } from "../../client/src/ko/problem-messages.ts";
import type { ProblemCode } from "../../client/src/wire.ts";

const languages = ["en", "ko"];

/** The language of the tag with the highest weight that is spoken here; `ko-KR` asks for `ko`. */
function firstSpoken(asked: readonly { type: string; q: number }[]): string {
  const byWeight = asked.filter(({ q }) => q > 0).toSorted((one, other) => other.q - one.q);
  const tags = byWeight.map(({ type }) => type.toLowerCase().split("-")[0] ?? "");
  return tags.find((tag) => languages.includes(tag)) ?? "en";
}

/** The title of a problem in Korean: what is wrong, without what to do. */
export const koreanTitle = (code: ProblemCode): string =>
  /^[^.]+/.exec(problemMessages[code])?.[0] ?? problemMessages[code];

/**
 * The title and the detail of a problem in the caller's language: English, or Korean by `Accept-Language`. Sets the
 * headers that say so. The Korean detail is that of the code, for residents.
 */
export function inLanguageOf(
  c: Context,
  code: ProblemCode,
  english: { title: string; detail: string },
  korean: string | undefined,
) {
  const language = accepts(c, {
    header: "Accept-Language",
    supports: languages,
    default: "en",
    match: firstSpoken,
  });
  c.header("content-language", language);
  c.header("vary", "Accept-Language", { append: true });
  return language === "ko"
    ? { title: koreanTitle(code), detail: korean ?? problemMessages[code] }
    : english;
}
