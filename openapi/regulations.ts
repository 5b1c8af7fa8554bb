import { z } from "zod";
import { Municipality } from "../src/pipeline/municipality.ts";
import { Regulation, RegulationKey } from "../src/pipeline/regulation.ts";
import { SearchQuery } from "../src/regulations/search.ts";
import { json, notModified } from "./bodies.ts";
import { answers } from "./named-schemas.ts";
import { operation, type Resource } from "./operation.ts";
import { ifNoneMatch, inPath } from "./parameters.ts";

const { key, category, name, summary, source } = Regulation.shape;
const version = z.string().meta({ description: "Named by the hash of its content." });

const List = answers(
  "Regulations",
  z.object({
    version,
    documents: z.array(
      z.object({
        key,
        category,
        name,
        summary,
        source,
        items: z.int().meta({ description: "How many items it names." }),
      }),
    ),
    regions: z.array(z.string()).meta({ description: "Municipalities that add to them." }),
  }),
  "The version that holds now.",
);
const Found = answers(
  "RegulationItems",
  z.object({
    version,
    query: z.string(),
    results: z.array(z.object({ item: z.string(), key, category, name })),
  }),
  "Items that a query may mean, the likeliest first.",
);
const Document = answers(
  "Regulation",
  z.object({
    version,
    ...Regulation.shape,
    local: z
      .object({
        region: Municipality.shape.region,
        source: Municipality.shape.source,
        ...Municipality.shape.overlays.element.shape,
      })
      .nullable()
      .meta({ description: "What the region adds; null when it adds nothing." }),
  }),
  "One document: which items a category holds, and how they are discharged.",
);

const bottle = {
  key: "재활용폐기물_무색페트병",
  category: { major: "재활용폐기물", middle: "무색페트병" },
  name: "무색(투명) 페트병",
  summary:
    "생수와 음료가 담겼던 투명한 페트병은 라벨을 떼고 찌그러뜨려 따로 내놓는 재활용품입니다.",
  source: {
    title: "재활용가능자원의 분리수거 등에 관한 지침(환경부훈령) 투명페트병 별도 분리배출",
    publisher: "환경부",
    effective_date: "2020-12-25",
  },
} as const;
const held = ["ETag", "Cache-Control"] as const;

export const regulations: Resource = {
  tag: "Regulations",
  description: "The rules of discharge themselves, for anybody.",
  operations: [
    operation("get", "/api/v1/regulations", {
      id: "listRegulations",
      summary: "Every regulation document",
      access: "anybody",
      parameters: [ifNoneMatch],
      answers: {
        200: json(
          "The documents.",
          List,
          {
            "one of them": {
              version: "a5eb5bc1b194",
              documents: [{ ...bottle, items: 83 }],
              regions: ["서울특별시 강남구"],
            },
          },
          held,
        ),
        304: notModified,
      },
    }),
    operation("get", "/api/v1/regulations/search", {
      id: "searchRegulations",
      summary: "Items by what people call them",
      access: "anybody",
      parameters: [
        {
          in: "query",
          name: "q",
          says: "A word, or a whole question; spaces and particles do not matter.",
          schema: SearchQuery,
          example: "햇반",
        },
        ifNoneMatch,
      ],
      answers: {
        200: json(
          "The items.",
          Found,
          {
            "one item": {
              version: "a5eb5bc1b194",
              query: "햇반",
              results: [
                {
                  item: "햇반",
                  key: "재활용폐기물_플라스틱류",
                  category: { major: "재활용폐기물", middle: "플라스틱류" },
                  name: "플라스틱류",
                },
              ],
            },
          },
          held,
        ),
        304: notModified,
      },
      problems: ["VALIDATION_ERROR"],
    }),
    operation("get", "/api/v1/regulations/:key", {
      id: "getRegulation",
      summary: "One regulation document",
      access: "anybody",
      parameters: [
        inPath("key", RegulationKey, "The document's `key`.", "재활용폐기물_무색페트병"),
        {
          in: "query",
          name: "region",
          says: "Whose local rules to add, as people call the municipality; one that is not known adds nothing.",
          schema: z.string().optional(),
          example: "서울특별시 강남구",
        },
        ifNoneMatch,
      ],
      answers: {
        200: json(
          "The document.",
          Document,
          {
            "with a region's rules": {
              version: "a5eb5bc1b194",
              ...bottle,
              steps: ["내용물을 깨끗이 비워 주세요.", "물로 속을 헹궈 주세요."],
              not_accepted: [],
              checks: [
                {
                  tag: "내용물_있음",
                  shortfall: "페트병 안에 내용물이 남아 있어요. 깨끗이 비워 주세요.",
                },
              ],
              items: [{ name: "생수병", aliases: ["생수 페트병", "물병"], group: null }],
              accepted: ["생수와 음료가 담겼던 투명한 페트병"],
              groups: [],
              local: {
                region: "서울특별시 강남구",
                source: {
                  title: "투명페트병·비닐 분리배출 요일제 안내문",
                  publisher: "강남구청",
                  effective_date: "2021-12-25",
                },
                keys: ["재활용폐기물_무색페트병", "재활용폐기물_비닐류"],
                schedule:
                  "단독·연립주택은 목요일 저녁 8시부터 다음 날 새벽 5시 사이에 집 앞에 내놓아 주세요.",
                steps: ["투명·반투명 봉투나 흰색 그물망에 담고 녹색 그물망에는 넣지 말아 주세요."],
                booking: null,
              },
            },
          },
          held,
        ),
        304: notModified,
      },
      problems: ["REGULATION_NOT_FOUND"],
    }),
  ],
};
