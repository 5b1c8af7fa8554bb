import { secretKey } from "./secrets.ts";

/** Secrets of which a short one could be guessed. Those that sign name their own errors. */
const guessable = ["OPS_TOKEN", "EVENTS_TOKEN", "GATEWAY_SECRET"] as const;

/** One sentence for each secret that is set and too short. A local server may have any. */
export const secretErrors = (env: Pick<Env, (typeof guessable)[number] | "AUTH_MODE">): string[] =>
  env.AUTH_MODE === "dev"
    ? []
    : guessable.flatMap((name) => {
        const { error } = secretKey(env[name]);
        return error ? [`${name} ${error}`] : [];
      });
