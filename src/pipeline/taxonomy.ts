import { z } from "zod";

/** The eight major categories of household waste under Korean discharge rules. */
export const majors = [
  "재활용폐기물",
  "일반종량제폐기물",
  "불연성종량제폐기물",
  "음식물류폐기물",
  "대형폐기물",
  "공사장생활폐기물",
  "생활계유해폐기물",
  "미분류",
] as const;

/** The middles of 재활용폐기물. For every other major, middle = major. */
export const recyclableMiddles = [
  "종이",
  "종이팩",
  "무색페트병",
  "플라스틱류",
  "비닐류",
  "발포합성수지",
  "유리병",
  "금속류",
  "의류및원단",
  "전지",
  "조명제품",
  "전기전자제품",
] as const;

export const Major = z.enum(majors);
export const RecyclableMiddle = z.enum(recyclableMiddles);
export type Major = z.infer<typeof Major>;
export type RecyclableMiddle = z.infer<typeof RecyclableMiddle>;

/** Situation tags by group. A tag says only what can be seen or is in the words. */
export const tagGroups = {
  내용물·오염: [
    "내용물_있음",
    "내용물_없음",
    "오염_경미",
    "오염_심함",
    "음식물_오염",
    "기름기_오염",
    "세척_필요",
    "세척_완료",
    "건조_필요",
  ],
  라벨·뚜껑·부착물: [
    "비닐_라벨_부착",
    "비닐_라벨_완전_제거됨",
    "뚜껑_있음",
    "뚜껑_분리_필요",
    "펌프형_용기",
    "이물질_부착",
    "테이프_스티커_부착",
  ],
  재질: [
    "플라스틱_재질",
    "유리_재질",
    "금속_재질",
    "종이_재질",
    "비닐_재질",
    "섬유_재질",
    "목재_재질",
    "도자기_재질",
    "복합재질_의심",
    "코팅_의심",
  ],
  형태·파손: ["깨짐", "찌그러짐", "파손_심함", "압착_필요", "압착_완료", "젖음"],
  배달용기: ["배달용기_형태", "소스_잔존"],
  스티로폼: ["스티로폼_완충재", "스티로폼_상자"],
  위험·전기전자: ["배터리_포함", "가스_잔존_의심", "날카로운_모서리", "유해물질_의심"],
  조명·유리: ["형광등_형태", "LED_조명", "백열전구_형태", "거울_판유리", "내열유리_의심"],
  세트: ["세트_구성품", "분리_가능_부품"],
  복합: ["다수_품목_혼합", "재질_분리_필요"],
  "분류 불능": ["식별_불가", "사진_흐림", "폐기물_아님"],
} as const;

export type SituationTag = (typeof tagGroups)[keyof typeof tagGroups][number];
export const situationTags: readonly SituationTag[] = Object.values(tagGroups).flat();
export const SituationTag = z.enum(situationTags);

/** A middle of 재활용폐기물, or the major of anything else that is waste. */
export const Category = z.union([RecyclableMiddle, Major.exclude(["재활용폐기물", "미분류"])]);
export type Category = z.infer<typeof Category>;

/** What the resident asks when the scan comes without words. */
export const defaultQuestion = "이 폐기물을 어떻게 분리배출해야 하나요?";

/**
 * Where an item belongs. `minor` names the item; it is null when it cannot be named.
 * A middle that its major does not have is not a classification.
 */
export const Classification = z
  .object({
    major_category: Major,
    middle_category: z.string(),
    minor_category: z.string().trim().min(1).nullable(),
  })
  .refine(
    ({ major_category, middle_category }) =>
      major_category === "재활용폐기물"
        ? RecyclableMiddle.safeParse(middle_category).success
        : middle_category === major_category,
    { path: ["middle_category"], message: "is not a middle category of its major" },
  );
export type Classification = z.infer<typeof Classification>;

/** The name of an item beside the classified one. */
export const OtherItem = z.string().trim().min(1).max(60);
export const maxOtherItems = 5;
/** What else the photo shows or the words name, in Korean. Each is for a scan of its own. Absent for one item. */
export const OtherItems = z.array(OtherItem).max(maxOtherItems);

/** The classification of an item of which the category alone is known. */
export function categoryClass(category: Category): Classification {
  const isRecyclable = RecyclableMiddle.safeParse(category).success;
  return {
    major_category: isRecyclable ? "재활용폐기물" : Major.parse(category),
    middle_category: category,
    minor_category: category,
  };
}
