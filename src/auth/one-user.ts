import { Unauthenticated } from "./auth-errors.ts";

type Tried<Result> = { result: Result; refused: null } | { result: null; refused: Unauthenticated };

async function attempt<Result>(verifying: Promise<Result>): Promise<Tried<Result>> {
  try {
    return { result: await verifying, refused: null };
  } catch (error) {
    if (error instanceof Unauthenticated) return { result: null, refused: error };
    throw error;
  }
}

/**
 * Verifies the tokens that a request has for one purpose, of which the plain cookie may be another host's.
 * @returns what the first valid one came to; null when there are no tokens.
 * @throws `Unauthenticated` when none is valid, or when they are of two users.
 */
export async function verifyOneUser<Result>(
  tokens: readonly string[],
  verify: (token: string) => Promise<Result>,
  userOf: (result: Result) => string | undefined,
): Promise<Result | null> {
  const tried = await Promise.all(tokens.map((token) => attempt(verify(token))));
  const valid = tried.flatMap(({ result, refused }) => (refused ? [] : [result]));
  if (new Set(valid.map(userOf)).size > 1) {
    throw new Unauthenticated("The request has the cookies of two users.");
  }
  const [first] = valid;
  if (first !== undefined) return first;
  const refused = tried[0]?.refused;
  if (refused) throw refused;
  return null;
}
