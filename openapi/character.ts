import { z } from "zod";
import { CharacterBody } from "../src/characters/character-catalog.ts";
import { json, notModified } from "./bodies.ts";
import { answers } from "./components.ts";
import { operation, type Resource } from "./operation.ts";
import { ifNoneMatch } from "./parameters.ts";

const Catalog = answers(
  "Characters",
  z.array(CharacterBody),
  "Who can be collected; `match` is the category that a character is given for.",
);

export const character: Resource = {
  tag: "Characters",
  description: "Who can be collected.",
  operations: [
    operation("get", "/api/v1/character/catalog", {
      id: "listCharacters",
      summary: "Every character",
      access: "anybody",
      parameters: [ifNoneMatch],
      answers: {
        200: json(
          "The characters.",
          Catalog,
          {
            "one of them": [
              {
                name: "페티",
                type: "재활용",
                dialog: "라벨까지 떼어 주다니 최고야! 나는 새 옷으로 다시 태어날게.",
                match: "무색페트병",
              },
            ],
          },
          ["ETag", "Cache-Control"],
        ),
        304: notModified,
      },
    }),
  ],
};
