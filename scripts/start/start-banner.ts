interface BannerOptions {
  url: string;
  /** The active model's name, as `/ready` gives it. */
  model: string;
  /** The token of the operators' page; "" when it is closed. */
  opsToken: string;
  /** The webhooks' secret when the server has just made it, which is shown once. */
  newWebhookSecret: string | null;
}

const defaultUrl = "http://localhost:8787";

/** What a user needs to know once the server is ready. */
export function startBanner({ url, model, opsToken, newWebhookSecret }: BannerOptions): string {
  const rows: [label: string, text: string][] = [
    ["Eco² Edge is ready", url],
    [
      "Active model",
      `${model}, reads words and ${model === "offline" ? "sees photos of eleven categories" : "photos"}`,
    ],
    model === "offline"
      ? ["For a large model", "OPENAI_API_KEY=sk-... npm start, or in .dev.vars"]
      : ["Without a model", "DEFAULT_MODEL=offline npm start"],
    [
      "Scan from here",
      `npm run scan -- "라벨 붙은 투명 페트병"${url === defaultUrl ? "" : ` --url ${url}`}`,
    ],
    ["API document", `${url}/docs`],
    ["Operators' page", `${url}/ops`],
    ["  its token", opsToken === "" ? "none, as OPS_TOKEN is empty" : opsToken],
    ...(newWebhookSecret === null
      ? []
      : [["Webhooks' secret", `${newWebhookSecret} (shown once)`] satisfies [string, string]]),
    ["Crons", "fire on their schedule, every five minutes and every hour"],
    ["Stop", "Ctrl+C"],
  ];
  return ["", ...rows.map(([label, text]) => `  ${label.padEnd(22)}${text}`), ""].join("\n");
}
