/**
 * Stands for `zod/v3` in the Worker (`alias` of wrangler.toml): the helpers of OpenAI's SDK read this table when they
 * convert a schema of zod 3, and nothing here has one. The whole of zod 3 would be a tenth of the Worker.
 */
export const ZodFirstPartyTypeKind = {};
