interface BannerOptions {
  url: string;
  /** The active model's name, as `/ready` gives it. */
  model: string;
  /** Whether OPS_TOKEN is set, without which the operators' API is closed. */
  isOpsOpen: boolean;
}

const defaultUrl = "http://localhost:8787";

/** What a user needs to know once the server is ready. */
export function startBanner({ url, model, isOpsOpen }: BannerOptions): string {
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
    ["Operators' page", `${url}/ops${isOpsOpen ? "" : ", opened by OPS_TOKEN=... npm start"}`],
    ["Stop", "Ctrl+C"],
  ];
  return ["", ...rows.map(([label, text]) => `  ${label.padEnd(22)}${text}`), ""].join("\n");
}
