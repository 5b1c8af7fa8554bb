import { randomBytes } from "node:crypto";
import { CommandError } from "./exit-codes.ts";
import type { Settings } from "./deploy-settings.ts";

interface SecretRow {
  /** Why this deployment cannot do without it; null or absent when it can. */
  needed?: (setting: (name: string) => string) => string | null;
  /** What there is not, as long as it is not set. */
  without: string;
  /** The fewest bytes that are let through. */
  minBytes?: number;
  /** Nobody but the Worker has to know it, so that a preview makes it itself. */
  random?: true;
}

const modeOf = (setting: (name: string) => string) => setting("AUTH_MODE") || "jwt";

/** Every secret that `wrangler.toml` names. */
const rows: Record<string, SecretRow> = {
  SIGNING_SECRET: {
    needed: () => "signs the addresses of streams and uploads",
    without: "streams for browsers, and uploads",
    minBytes: 32,
    random: true,
  },
  AUTH_JWT_SECRET: {
    needed: (setting) =>
      modeOf(setting) === "jwt" && !setting("AUTH_JWKS_URL")
        ? "AUTH_MODE=jwt needs it where AUTH_JWKS_URL is not set"
        : null,
    without: "HS256 tokens",
    minBytes: 32,
    random: true,
  },
  GATEWAY_SECRET: {
    needed: (setting) =>
      modeOf(setting) === "gateway" ? "AUTH_MODE=gateway is closed without it" : null,
    without: "AUTH_MODE=gateway",
  },
  VAPID_PRIVATE_KEY: {
    needed: (setting) =>
      setting("VAPID_PUBLIC_KEY") ? "signs pushes, as VAPID_PUBLIC_KEY names it" : null,
    without: "Web Push",
  },
  OPS_TOKEN: { without: "the operators' API and /metrics" },
  EVENTS_TOKEN: { without: "/api/v1/events" },
  WEBHOOK_SECRETS: { without: "webhooks and delivered alerts" },
  OPENAI_API_KEY: { without: "OpenAI's models" },
  GEMINI_API_KEY: { without: "Google's models" },
  WORKERS_AI_API_KEY: { without: "Workers AI's models" },
  AI_GATEWAY_TOKEN: { without: "an AI Gateway that authenticates" },
};

export interface SecretState {
  name: string;
  state: "given" | "retained" | "generated" | "missing" | "unset";
  /** For one that is missing, why it is needed; else what there is not without it. */
  why: string;
}

/** What becomes of each secret with this deploy. */
export function secretStates(
  names: readonly string[],
  { vars, secrets, retained, generated }: Settings,
): SecretState[] {
  const setting = (name: string) => vars[name]?.value ?? "";
  return names.map((name) => {
    const row = rows[name];
    if (!row) {
      throw new CommandError(
        "usage",
        `wrangler.toml names the secret ${name}, which scripts/provision/secret-states.ts does not know.`,
      );
    }
    const needed = row.needed?.(setting) ?? null;
    if (name in secrets) return { name, state: "given", why: row.without };
    if (retained.includes(name)) return { name, state: "retained", why: row.without };
    if (generated.includes(name)) return { name, state: "generated", why: row.without };
    if (needed !== null) return { name, state: "missing", why: needed };
    return { name, state: "unset", why: row.without };
  });
}

/** The settings of a preview, which makes the secrets that it needs and that nobody has to know. */
export function withGeneratedSecrets(names: readonly string[], settings: Settings): Settings {
  const missing = secretStates(names, settings).filter(({ state }) => state === "missing");
  const generated = missing.map(({ name }) => name).filter((name) => rows[name]?.random);
  return { ...settings, generated };
}

/** The secrets that a deploy gives to the Worker: those that were given, and new ones. */
export const secretValues = ({ secrets, generated }: Settings): Record<string, string> => ({
  ...secrets,
  ...Object.fromEntries(generated.map((name) => [name, randomBytes(32).toString("base64")])),
});

/** What is wrong with the secrets and settings, a sentence each: with any of them a deploy is refused. */
export function settingErrors(names: readonly string[], settings: Settings): string[] {
  const setting = (name: string) => settings.vars[name]?.value ?? "";
  const mode = modeOf(setting);
  const guests = setting("GUESTS");
  const missing = secretStates(names, settings).filter(({ state }) => state === "missing");
  const short = names.filter((name) => {
    const value = settings.secrets[name];
    return value !== undefined && Buffer.byteLength(value) < (rows[name]?.minBytes ?? 1);
  });
  return [
    ...(mode === "dev"
      ? ["AUTH_MODE=dev trusts whoever calls, and is for local use only: set jwt or gateway."]
      : []),
    ...(["dev", "jwt", "gateway"].includes(mode)
      ? []
      : [`AUTH_MODE has to be jwt or gateway, and is ${JSON.stringify(mode)}.`]),
    ...(guests && guests !== "on" ? ["GUESTS has to be on or empty."] : []),
    ...(guests === "on" && mode === "gateway" ? ["GUESTS=on needs AUTH_MODE=jwt."] : []),
    ...missing.map(({ name, why }) => `${name} is missing: it ${sentence(why)}.`),
    ...short.map((name) => `${name} has to have ${rows[name]?.minBytes} bytes or more.`),
  ];
}

const sentence = (why: string) => (why.startsWith("AUTH_MODE") ? `is needed, since ${why}` : why);
