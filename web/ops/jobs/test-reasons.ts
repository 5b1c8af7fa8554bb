/** Who has run tests in this tab, and why, by the test: their comparison is shown for the same reason. */
export const testReasons = new Map<string, { by: string; why: string }>();
