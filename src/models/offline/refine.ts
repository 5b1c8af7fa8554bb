import type { Entry, Text, Vocabulary } from "../../regulations/vocabulary.ts";
import type { Head } from "./head-noun.ts";
import { wordsOf } from "./nouns.ts";

/**
 * The most specific item that a head noun and the nouns around it name: 플라스틱 … 밥그릇 is a
 * 플라스틱 그릇, 딸기우유 종이곽 is a 딸기우유곽.
 */
export function refined(text: Text, head: Head, { words, byLastPart }: Vocabulary): Entry {
  const { word } = head.entry;
  const zone = text.tight.slice(head.from, head.at);
  const around = [zone, ...head.with.map((it) => it.entry.word)].join(" ");
  let best = head.entry;
  let most = word.length;

  function offer(entry: Entry | undefined) {
    if (!entry || entry === best) return;
    const { length } = entry.word;
    if (length < most || (length === most && best !== head.entry)) return;
    best = entry;
    most = length;
  }

  for (let at = 0; at < word.length; at += 1) {
    const suffix = word.slice(at);
    for (const { entry } of head.with) offer(words.get(entry.word + suffix));
    for (const entry of byLastPart.get(suffix) ?? []) {
      if (entry.parts.slice(0, -1).every((part) => part.length > 1 && around.includes(part))) {
        offer(entry);
      }
    }
  }
  return best;
}

/** An item whose words all occur, with others between them: 리모델링 … 쓰레기. */
export function scatteredIn(text: Text, { words, byLastPart }: Vocabulary): Entry | undefined {
  const { tight } = text;
  const nouns = wordsOf(text).map(({ noun }) => noun);
  for (const [at, thing] of nouns.entries()) {
    for (const noun of nouns.slice(0, at)) {
      const entry = words.get(noun + thing);
      if (entry) return entry;
    }
  }
  for (const [last, entries] of byLastPart) {
    const at = last.length > 1 ? tight.lastIndexOf(last) : -1;
    if (at <= 0) continue;
    const found = entries.find(({ parts }) =>
      parts.slice(0, -1).every((part) => {
        const from = tight.indexOf(part);
        return part.length > 1 && from >= 0 && from < at;
      }),
    );
    if (found) return found;
  }
  return undefined;
}
