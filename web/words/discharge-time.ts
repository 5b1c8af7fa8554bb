/** When things may be put out: on some days of the week, from one time to another. */
export interface DischargeTimes {
  /** Whom it applies to, with its particle; null for everybody. */
  who: string | null;
  /** The days on which it begins; 0 is Sunday. */
  days: ReadonlySet<number>;
  /** After the day's midnight; the end may be on the next day. Minutes. */
  from: number;
  to: number;
  /** The same in the words of the rule. */
  fromWords: string;
  toWords: string;
}

const week = "일월화수목금토";
const dayMinutes = 24 * 60;
const time = String.raw`(?:새벽|아침|오전|낮|오후|저녁|밤) \d{1,2}시`;
const span = new RegExp(
  String.raw`(?:해가 진 뒤\()?(${time})\)?부터 (?:(다음 날|[${week}]요일) )?(${time}|자정) 사이`,
);
const dayClauses: [RegExp, (...names: string[]) => number[]][] = [
  [
    new RegExp(`([${week}])요일을 빼고 매일`, "g"),
    (not) => everyDay.filter((it) => it !== dayOf(not)),
  ],
  [
    new RegExp(`([${week}])요일부터 ([${week}])요일까지`, "g"),
    (from, to) => daysFrom(dayOf(from), dayOf(to)),
  ],
  [/매일/g, () => everyDay],
  [
    new RegExp(`((?:[${week}]·)*[${week}])요일`, "g"),
    (names) => (names ?? "").split("·").map(dayOf),
  ],
];
const everyDay = [0, 1, 2, 3, 4, 5, 6];
const dayOf = (name = ""): number => week.indexOf(name);
const daysFrom = (from: number, to: number): number[] =>
  everyDay.slice(0, ((to - from + 7) % 7) + 1).map((it) => (from + it) % 7);

/**
 * The times that a municipality's rule names; null for one that names none, several for several places, or that has
 * exceptions: the rule itself is then all that is shown.
 */
export function dischargeTimesOf(schedule: string): DischargeTimes | null {
  const [whole, fromWords = "", endDay, toWords = ""] = span.exec(schedule) ?? [];
  if (!whole || /말아|전날/.test(schedule)) return null;
  const before = schedule.slice(0, schedule.indexOf(whole));
  if (/[,.]/.test(before)) return null;
  const days = daysIn(before);
  if (!days) return null;
  const from = minutesOf(fromWords);
  const isNextDay = endDay !== undefined || toWords === "자정";
  const to = minutesOf(toWords) + (isNextDay ? dayMinutes : 0);
  const who = /^(.+?[은는]) /.exec(before)?.[1] ?? null;
  return to > from ? { who, days: new Set(days), from, to, fromWords, toWords } : null;
}

/** The days of a text's one clause; null for none, and for several. */
function daysIn(text: string): number[] | null {
  let rest = text;
  const found: number[][] = [];
  for (const [clause, daysOf] of dayClauses) {
    rest = rest.replace(clause, (_, ...names: string[]) => {
      found.push(daysOf(...names));
      return "";
    });
  }
  return found.length === 1 ? (found[0] ?? null) : null;
}

function minutesOf(words: string): number {
  const [part = "", hour = ""] = words.split(" ");
  const hours = Number.parseInt(hour || "0", 10);
  const isLate = part === "오후" || part === "저녁" || part === "밤";
  return (isLate && hours < 12 ? hours + 12 : hours) * 60;
}

/** When the next time to put things out is, as words; the clock is Korea's, wherever the reader is. */
export function dischargeWords(times: DischargeTimes, now: Date): string {
  const { who, days, from, to, fromWords, toWords } = times;
  const korean = new Date(now.getTime() + 9 * 60 * 60 * 1000);
  const minutes = korean.getUTCHours() * 60 + korean.getUTCMinutes();
  const today = korean.getUTCDay();
  const subject = who === null ? "" : `${who} `;
  for (const begun of [1, 0]) {
    const at = minutes + begun * dayMinutes;
    if (days.has((today - begun + 7) % 7) && from <= at && at < to) {
      const end = to > dayMinutes && begun === 0 && toWords !== "자정" ? "내일 " : "";
      return `${subject}지금 내놓을 수 있어요. ${end}${toWords}까지예요.`;
    }
  }
  const isLate = minutes >= from ? 1 : 0;
  const next = [...everyDay, 7].find((it) => it >= isLate && days.has((today + it) % 7)) ?? 7;
  return `${subject}${dayName(next, (today + next) % 7)} ${fromWords}부터 내놓을 수 있어요.`;
}

const dayName = (ahead: number, day: number): string =>
  ["오늘", "내일", "모레"][ahead] ?? (ahead === 7 ? "다음 주 " : "") + `${week[day]}요일`;
