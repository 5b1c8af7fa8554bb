import { nameSchema } from "../src/api/openapi/json-schemas.ts";

export const sends = nameSchema;
export const answers = nameSchema;
