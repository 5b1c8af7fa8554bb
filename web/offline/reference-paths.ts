/** The parts of the API that are the same for everybody, and that residents need at the bin. */
export const isReference = (path: string): boolean =>
  /^\/api\/v1\/(?:regulations(?:\/[^/]+)?|character\/catalog)$/.test(path);

export const regulationsPath = "/api/v1/regulations";
export const searchPath = "/api/v1/regulations/search";

/** The cache of the regulations. */
export const regulationsCache = "eco2-regulations";
