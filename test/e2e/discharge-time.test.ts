import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dischargeTimesOf, dischargeWords } from "../../web/words/discharge-time.ts";

/** A time in Korea on a day of the week that begins with Sunday, 2026-11-29. */
const korean = (day: number, time: string) =>
  new Date(Date.parse(`2026-11-29T${time}+09:00`) + day * 86_400_000);

function wordsOf(schedule: string, now: Date): string | null {
  const times = dischargeTimesOf(schedule);
  return times && dischargeWords(times, now);
}

const gangnam =
  "단독·연립주택은 월·화·수·금·일요일 저녁 8시부터 다음 날 새벽 5시 사이에 집 앞에 내놓아 주세요.";
const [sunday, monday, wednesday, thursday, friday, saturday] = [0, 1, 3, 4, 5, 6];

describe("the next time to put things out", () => {
  it.each([
    [sunday, "10:00", "단독·연립주택은 오늘 저녁 8시부터 내놓을 수 있어요."],
    [sunday, "19:59", "단독·연립주택은 오늘 저녁 8시부터 내놓을 수 있어요."],
    [sunday, "20:00", "단독·연립주택은 지금 내놓을 수 있어요. 내일 새벽 5시까지예요."],
    [monday, "04:59", "단독·연립주택은 지금 내놓을 수 있어요. 새벽 5시까지예요."],
    [monday, "05:00", "단독·연립주택은 오늘 저녁 8시부터 내놓을 수 있어요."],
    [thursday, "05:00", "단독·연립주택은 내일 저녁 8시부터 내놓을 수 있어요."],
    [saturday, "05:00", "단독·연립주택은 내일 저녁 8시부터 내놓을 수 있어요."],
  ])("is on day %i at %s: %s", (day, time, words) => {
    expect(wordsOf(gangnam, korean(day, `${time}:00`))).toBe(words);
  });

  it.each([
    [
      "단독·연립주택은 목요일 저녁 8시부터 다음 날 새벽 5시 사이에 집 앞에 내놓아 주세요.",
      friday,
      "단독·연립주택은 목요일 저녁 8시부터 내놓을 수 있어요.",
    ],
    [
      "단독·연립주택은 투명 페트병과 같은 목요일 저녁 8시부터 다음 날 새벽 5시 사이에 집 앞에 내놓아 주세요.",
      wednesday,
      "단독·연립주택은 내일 저녁 8시부터 내놓을 수 있어요.",
    ],
    [
      "동 지역 단독주택과 상가는 수요일 저녁 8시부터 목요일 아침 8시 사이에 따로 내놓아 주세요.",
      sunday,
      "동 지역 단독주택과 상가는 수요일 저녁 8시부터 내놓을 수 있어요.",
    ],
    [
      "월요일부터 금요일까지 저녁 8시부터 다음 날 새벽 5시 사이에 집이나 가게 앞에 내놓아 주세요.",
      saturday,
      "모레 저녁 8시부터 내놓을 수 있어요.",
    ],
    [
      "토요일을 빼고 매일 해가 진 뒤(저녁 6시)부터 자정 사이에 내놓아 주세요.",
      saturday,
      "내일 저녁 6시부터 내놓을 수 있어요.",
    ],
    [
      "요일과 상관없이 매일 오후 3시부터 다음 날 새벽 4시 사이에 클린하우스에 넣어 주세요.",
      sunday,
      "오늘 오후 3시부터 내놓을 수 있어요.",
    ],
  ])("of “%s”, after a morning of day %i", (schedule, day, words) => {
    // On Friday the span of Thursday has ended.
    expect(wordsOf(schedule, korean(day, "09:00:00"))).toBe(words);
  });

  it("ends at midnight", () => {
    const daily = "토요일을 빼고 매일 해가 진 뒤(저녁 6시)부터 자정 사이에 내놓아 주세요.";
    expect(wordsOf(daily, korean(sunday, "23:59:00"))).toBe("지금 내놓을 수 있어요. 자정까지예요.");
    expect(wordsOf(daily, korean(monday, "00:00:00"))).toBe("오늘 저녁 6시부터 내놓을 수 있어요.");
  });

  it("is the same for a reader in any zone", () => {
    const there = new Date("2026-11-29T06:30:00-05:00");
    expect(wordsOf(gangnam, there)).toContain("지금 내놓을 수 있어요.");
  });

  it("is in a week on the day itself, once its span has ended", () => {
    const weekly = "목요일 저녁 6시부터 자정 사이에 내놓아 주세요.";
    expect(wordsOf(weekly, korean(friday, "00:00:00"))).toBe(
      "목요일 저녁 6시부터 내놓을 수 있어요.",
    );
    const daytime = "목요일 아침 6시부터 저녁 8시 사이에 내놓아 주세요.";
    expect(wordsOf(daytime, korean(thursday, "20:00:00"))).toBe(
      "다음 주 목요일 아침 6시부터 내놓을 수 있어요.",
    );
  });

  it("is left out where a rule names several places, exceptions or no days", () => {
    const schedules = new Set<string>();
    for (const path of globSync("regulations/municipalities/*.json")) {
      const text = readFileSync(path, "utf8");
      for (const [, schedule] of text.matchAll(/"schedule": "([^"]+)"/g)) {
        if (schedule) schedules.add(schedule);
      }
    }
    const left = [...schedules].filter((it) => dischargeTimesOf(it) === null);
    expect(schedules.size - left.length).toBe(14);
    for (const schedule of left) {
      expect(schedule).toMatch(
        /, |말아|전날|전후|이후|상관없이|언제든|해가 진 뒤부터|확인|신고|신청|매달|밤에|수거함에|정해진/,
      );
    }
  });
});
