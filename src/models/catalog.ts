/** One model a scan can name. `offline` needs no key and no network. */
export interface ModelRow {
  name: string;
  provider: "openai" | "offline";
}

/** The models by name; adding one is adding a row. */
export const models: readonly ModelRow[] = [
  { name: "gpt-5.2", provider: "openai" },
  { name: "gpt-5.2-pro", provider: "openai" },
  { name: "gpt-5.1", provider: "openai" },
  { name: "gpt-5", provider: "openai" },
  { name: "gpt-5-pro", provider: "openai" },
  { name: "gpt-5-mini", provider: "openai" },
  { name: "offline", provider: "offline" },
];
