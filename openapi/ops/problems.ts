/** What is wrong with a body of JSON. */
export const badBody = ["MALFORMED_JSON", "VALIDATION_ERROR"] as const;
