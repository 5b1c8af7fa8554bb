import { z } from "zod";
import { By } from "../../ops-audit.ts";
import { jsonBody, requestSchema } from "../openapi/response-bodies.ts";

export const Operator = requestSchema("Operator", "Who changes it.", { by: By });

export const operatorBody = jsonBody(Operator, { "by kim": { by: "kim" } });

/** When something ends by itself: an ISO 8601 time that is to come. */
export const EndsAt = z.iso
  .datetime({ offset: true })
  .transform(Date.parse)
  .refine((at) => at > Date.now(), "has to be in the future")
  .nullish();
