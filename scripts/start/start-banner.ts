import { qrCodeLines } from "./qr-code.ts";

interface BannerOptions {
  url: string;
  /** The address of the page, with the key of this start. */
  page: string;
  /** The address for phones in the network; null for none. */
  phone: string | null;
  /** The folder of its state. */
  persistTo: string;
  /** The active model's name, as `/ready` gives it. */
  model: string;
  /** The token of the operators' page; "" when it is closed. */
  opsToken: string;
  /** The webhooks' secret when the server has just made it, which is shown once. */
  newWebhookSecret: string | null;
  /** Whether it is printed to a terminal, which shows colors. */
  colored?: boolean;
}

const defaultUrl = "http://localhost:8787";
const defaultState = ".wrangler/state";

/** What a user needs to know once the server is ready. */
export function startBanner(options: BannerOptions): string {
  const { url, page, phone, persistTo, model, opsToken, newWebhookSecret } = options;
  const { colored = false } = options;
  const flags = [
    ...(url === defaultUrl ? [] : [`--url ${url}`]),
    ...(persistTo === defaultState ? [] : [`--persist-to ${persistTo}`]),
  ];
  const rows: [label: string, text: string][] = [
    ["Eco² Edge is ready", url],
    ["Open the page", page],
    ...(phone === null ? [] : [["From a phone", phone] satisfies [string, string]]),
    [
      "Active model",
      `${model}, reads words and ${model === "offline" ? "sees photos of eleven categories" : "photos"}`,
    ],
    model === "offline"
      ? ["For a large model", "OPENAI_API_KEY=sk-... npm start, or in .dev.vars"]
      : ["Without a model", "DEFAULT_MODEL=offline npm start"],
    ["Scan from here", ['npm run scan -- "라벨 붙은 투명 페트병"', ...flags].join(" ")],
    ["API document", `${url}/docs`],
    ["Operators' page", `${url}/ops`],
    ["  its token", opsToken === "" ? "none, as OPS_TOKEN is empty" : opsToken],
    ...(newWebhookSecret === null
      ? []
      : [["Webhooks' secret", `${newWebhookSecret} (shown once)`] satisfies [string, string]]),
    ["Crons", "fire on their schedule, every five minutes and every hour"],
    ["Stop", "Ctrl+C"],
  ];
  const code =
    phone === null ? [] : ["", ...qrCodeLines(phone, colored).map((line) => `  ${line}`)];
  const lines = rows.map(([label, text]) => `  ${label.padEnd(22)}${text}`);
  return ["", ...lines, ...code, ""].join("\n");
}
