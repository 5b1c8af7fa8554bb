import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { offlineModel } from "../../src/models/offline/offline-model.ts";
import { publishedWords } from "../../src/models/offline/published-words.ts";
import type { Photo } from "../../src/pipeline/request.ts";
import type { Classification } from "../../src/pipeline/taxonomy.ts";
import { kvRegulations } from "../../src/regulations/kv.ts";

const regulations = kvRegulations(env.REGULATIONS);
const model = offlineModel(publishedWords(regulations), async () => null);
const signal = new AbortController().signal;
const photo: Photo = { kind: "url", url: "https://images.example.com/1.jpg" };

async function look(words: string | null, seen: Photo | null = null) {
  const regulation_version = await regulations.version();
  return model.classify({ photo: seen, words, regulation_version }, signal);
}

async function ruleOf(classification: Classification) {
  const { rule } = await regulations.ruleOf(classification, await regulations.version(), null);
  return rule;
}

async function advise(words: string, seen: Photo | null = null) {
  const { classification, situation_tags } = await look(words, seen);
  const rule = await ruleOf(classification);
  if (!rule) throw new Error(`${words} has no rule`);
  return model.answer(
    { photo: seen, words, classification, situation_tags, rule },
    signal,
    () => {},
  );
}

describe("offlineModel: the classification", () => {
  it.each([
    ["깨끗이 헹군 투명 페트병, 라벨 뗐어요", "무색페트병"],
    ["다 마신 생수병 어떻게 버려요?", "무색페트병"],
    ["참치 통조림 캔", "금속류"],
    ["부탄가스 통", "금속류"],
    ["우유팩을 씻어서 말렸어요", "종이팩"],
    ["택배 상자 버리기", "종이"],
    ["깨진 거울", "불연성종량제폐기물"],
    ["과자 봉지", "비닐류"],
    ["스티로폼 아이스박스", "발포합성수지"],
    ["다 쓴 건전지", "전지"],
    ["형광등이 나갔어요", "조명제품"],
    ["소주병", "유리병"],
    ["안 입는 청바지", "의류및원단"],
    ["고장난 선풍기", "전기전자제품"],
    ["샴푸통 펌프 달린 것", "플라스틱류"],
    ["바나나 껍질", "음식물류폐기물"],
    ["유통기한 지난 알약", "생활계유해폐기물"],
    ["낡은 소파", "대형폐기물"],
    ["화장실 타일 조각", "공사장생활폐기물"],
    ["고장난 우산", "일반종량제폐기물"],
  ])("%s → %s", async (words, middle) => {
    expect((await look(words)).classification.middle_category).toBe(middle);
  });

  it.each(["안녕하세요", "오늘 날씨 어때?", "asdf", "!!!", "🙂"])(
    "recognises nothing in %s",
    async (words) => {
      await expect(look(words)).rejects.toMatchObject({ code: "NOT_RECOGNISED" });
    },
  );

  it("classifies the item when a part of it is named, too", async () => {
    const { classification } = await look("비닐 라벨이 붙어 있는 투명 페트병");
    expect(classification.middle_category).toBe("무색페트병");
  });

  it.each([
    ["책상 옆에 쌓아둔 생수병", "무색페트병"],
    ["리모컨에서 뺀 건전지", "전지"],
    ["건전지 안 뺀 리모컨", "전기전자제품"],
    ["사과 상자에 들어 있던 스티로폼 받침", "발포합성수지"],
    ["종이컵에 믹스커피가 조금 남았어요", "종이"],
    ["페트병에서 떼어낸 비닐 라벨", "비닐류"],
    ["창문 유리 깨진 거 신문지에 쌌어요", "불연성종량제폐기물"],
    ["배달 온 짜장면 그릇 플라스틱인데", "플라스틱류"],
    ["토마토 담긴 플라스틱 팩", "플라스틱류"],
  ])("ignores the place, contents and material of an item: %s → %s", async (words, middle) => {
    expect((await look(words)).classification.middle_category).toBe(middle);
  });

  it.each([
    ["투명패트병", "무색페트병"],
    ["스트로폴", "발포합성수지"],
    ["노트북 밧데리", "전지"],
    ["건젼지", "전지"],
    ["라벨안뗀생수병", "무색페트병"],
    ["안입 는 패딩", "의류및원단"],
  ])("finds an item that is misspelt: %s → %s", async (words, middle) => {
    expect((await look(words)).classification.middle_category).toBe(middle);
  });

  it.each([
    ["깨진 위스키병", "불연성종량제폐기물"],
    ["위스키병", "유리병"],
    ["에프킬라에 약이 남았어요", "생활계유해폐기물"],
    ["에프킬라 빈통", "금속류"],
  ])("considers an irreversible state: %s → %s", async (words, middle) => {
    expect((await look(words)).classification.middle_category).toBe(middle);
  });

  it.each(["스캔 해줘", "병원 예약", "책임감", "의자왕은 어느 나라 왕이야", "컵라면 먹고 싶다"])(
    "finds no item that is there by chance in %s",
    async (words) => {
      await expect(look(words)).rejects.toMatchObject({ code: "NOT_RECOGNISED" });
    },
  );

  it.each([
    ["밭에서 걷은 멀칭비닐", "비닐류", "농사용 비닐"],
    ["비닐하우스 비닐 버리기", "비닐류", "농사용 비닐"],
    ["농사용 비닐 어디에 버려요", "비닐류", "농사용 비닐"],
    ["수은온도계", "생활계유해폐기물", "수은 제품"],
    ["유리 체온계", "생활계유해폐기물", "수은 제품"],
    ["알코올 온도계", "불연성종량제폐기물", "유리류"],
    ["디지털 온도계", "전기전자제품", "소형가전"],
    ["바이메탈 온도계", "금속류", "고철"],
    ["LED 거울", "전기전자제품", "소형가전"],
    ["조명 거울", "전기전자제품", "소형가전"],
    ["깨진 위스키병", "불연성종량제폐기물", "유리류"],
    ["플라스틱 장난감", "플라스틱류", null],
    ["플라스틱 옷걸이", "일반종량제폐기물", null],
    ["색종이", "일반종량제폐기물", null],
    ["롱부츠", "일반종량제폐기물", null],
  ])("follows the directive: %s → %s, %s", async (words, middle, group) => {
    const { classification } = await look(words);
    expect(classification.middle_category).toBe(middle);
    expect((await ruleOf(classification))?.group).toBe(group);
  });

  it.each([
    ["피자박스에 기름이 다 배었어요", "일반종량제폐기물"],
    ["기름 범벅이 된 피자 상자", "일반종량제폐기물"],
    ["온통 기름 묻은 치킨박스", "일반종량제폐기물"],
    ["기름 묻은 피자박스", "종이"],
    ["기름이 조금 묻은 피자 상자", "종이"],
  ])("considers how much of a box is greasy: %s → %s", async (words, middle) => {
    const { classification } = await look(words);
    expect(classification.middle_category).toBe(middle);
    expect((await ruleOf(classification))?.when).toContain("상자 전체에 기름이 배었");
  });

  it.each([
    ["두유팩에서 빨대 뺐어요", "종이팩"],
    ["리모컨에서 뺀 건전지", "전지"],
    ["헌 옷 한 봉지", "의류및원단"],
    ["책 두 박스", "종이"],
    ["현관 도어락이 삑삑거려서 빼낸 알카라인 전지", "전지"],
    ["드럼세탁기를 처분하고 싶어요", "전기전자제품"],
    ["피자박스 기름에 쩔었어요", "일반종량제폐기물"],
    ["랩 깨끗한 거", "비닐류"],
    ["사용한 랩", "일반종량제폐기물"],
    ["아기 기저귀", "일반종량제폐기물"],
    ["기저귀 아기 거", "일반종량제폐기물"],
  ])("finds the item among parts, counters and containers: %s → %s", async (words, middle) => {
    expect((await look(words)).classification.middle_category).toBe(middle);
  });

  it.each(["온도계", "온도계 버려야 하는데 어떻게 해요"])(
    "asks for the kind of a thermometer: %s",
    async (words) => {
      await expect(look(words)).rejects.toMatchObject({ code: "NOT_RECOGNISED" });
    },
  );

  it.each([
    ["전자레인지 회전판 버려요", "전자레인지 회전판"],
    ["다 쓴 배터리", "배터리"],
    ["밧데리", "배터리"],
    ["욕실거울", "욕실거울"],
    ["기름이 다 배어버린 종이", "기름 묻은 종이"],
  ])("names the item in the resident's word: %s → %s", async (words, item) => {
    expect((await look(words)).classification.minor_category).toBe(item);
    expect((await advise(words)).user_answer).toContain(`「${item}」`);
  });

  it("uses no tokens", async () => {
    expect((await look("소주병")).usage).toEqual({ input_tokens: 0, output_tokens: 0 });
  });

  it("classifies repeated words without exponential time", async () => {
    for (const part of ["이나", "아직도", "라벨", "소파이나", "조금 ", "🙂병"]) {
      const [settled] = await Promise.allSettled([look(part.repeat(250))]);
      if (settled.status === "rejected") {
        expect(settled.reason).toMatchObject({ code: "NOT_RECOGNISED" });
      }
    }
  }, 10_000);

  it("tags the scan as mixed when several items are named", async () => {
    const { classification, situation_tags } = await look("소주병이랑 건전지");
    expect(classification.middle_category).toBe("유리병");
    expect(situation_tags).toContain("다수_품목_혼합");
  });

  it.each([
    ["소주병이랑 건전지", ["건전지"]],
    ["깨끗한 페트병하고 콜라캔이랑 신문지 같이 버려요", ["콜라캔", "신문지"]],
    ["소주병이랑 맥주병", undefined],
    ["라벨 뗀 페트병", undefined],
  ])("names of %s what goes elsewhere", async (words, others) => {
    expect((await look(words)).other_items).toEqual(others);
  });

  it("does not tag the scan as mixed when all items have one class", async () => {
    expect((await look("소주병이랑 맥주병")).situation_tags).not.toContain("다수_품목_혼합");
  });
});

describe("offlineModel: the situation tags", () => {
  it.each([
    ["라벨 붙은 페트병", "비닐_라벨_부착"],
    ["라벨이 아직 붙어있는 페트병", "비닐_라벨_부착"],
    ["라벨 안 뗀 페트병", "비닐_라벨_부착"],
    ["라벨을 떼지 않은 페트병", "비닐_라벨_부착"],
    ["라벨 뗀 페트병", "비닐_라벨_완전_제거됨"],
    ["라벨을 깨끗이 제거한 페트병", "비닐_라벨_완전_제거됨"],
    ["무라벨 생수병", "비닐_라벨_완전_제거됨"],
    ["콜라가 남은, 내용물이 조금 남아있는 페트병", "내용물_있음"],
    ["내용물을 비운 페트병", "내용물_없음"],
    ["김치 국물 묻은 비닐봉지", "음식물_오염"],
    ["기름이 묻은 피자 상자", "기름기_오염"],
    ["씻지 않은 요구르트병", "세척_필요"],
    ["물로 헹군 요구르트병", "세척_완료"],
    ["깨진 소주병", "깨짐"],
    ["라벨 떼기 전인 페트병", "비닐_라벨_부착"],
    ["세척 안 한 반찬통", "세척_필요"],
    ["흙 묻은 화분", "이물질_부착"],
    ["비빔밥 묻은 접시", "음식물_오염"],
    ["케첩이 남은 플라스틱 통", "소스_잔존"],
    ["가스가 덜 빠진 부탄가스", "가스_잔존_의심"],
    ["덜 마른 우유팩", "건조_필요"],
    ["다리가 부러진 의자", "파손_심함"],
  ])("finds in %s the tag %s", async (words, tag) => {
    expect((await look(words)).situation_tags).toContain(tag);
  });

  it.each([
    ["라벨 안 뗀 페트병", "비닐_라벨_완전_제거됨"],
    ["라벨 뗀 페트병", "비닐_라벨_부착"],
    ["안 씻은 요구르트병", "세척_완료"],
    ["깨지지 않은 소주병", "깨짐"],
    ["잼 들어있던 유리병", "내용물_있음"],
    ["먹다 남은 김밥", "내용물_있음"],
    ["뚜껑 없는 생수병", "뚜껑_있음"],
    ["음식물 안 묻은 비닐장갑", "음식물_오염"],
  ])("does not find in %s the tag %s", async (words, tag) => {
    expect((await look(words)).situation_tags).not.toContain(tag);
  });
});

describe("offlineModel: the answer", () => {
  it("has the steps of the rule, and no insufficiency when the item is ready", async () => {
    const { steps, insufficiencies } = await advise("라벨 뗀 투명 페트병");
    expect(steps.length).toBeGreaterThan(2);
    expect(insufficiencies).toEqual([]);
  });

  it("lists what is still to be done", async () => {
    const { insufficiencies } = await advise("라벨 붙은 투명 페트병, 내용물이 남아 있어요");
    expect(insufficiencies).toHaveLength(2);
    expect(insufficiencies.join()).toContain("라벨");
  });

  it("tells when the rule of a name with two meanings holds, in at most three sentences", async () => {
    const { user_answer } = await advise("기름 묻은 피자박스");
    expect(user_answer).toContain("상자 전체에 기름이 배었으면 종량제봉투에 버려 주세요.");
    expect(user_answer.match(/[.!?](?:\s|$)/gu)).toHaveLength(3);
  });

  it("lets waste medicine be posted in any envelope that is marked, where the municipality takes it", async () => {
    const { steps } = await advise("유통기한 지난 알약");
    expect(steps.at(-1)).toMatch(/우체통으로 받는 지역이면.*봉투에 담아 겉에 ‘폐의약품’이라고/u);
    expect(steps.join()).not.toContain("전용 봉투");
  });

  it("sends farm films to the collection point of the village", async () => {
    expect((await advise("멀칭비닐")).steps.join()).toContain("마을 공동집하장");
  });

  it("notes that it could not read the photo beside the words", async () => {
    expect((await look("소주병", photo)).notice).toContain("사진은 보지 못해서");
  });
});
