import type { Job } from "../ops-client.ts";
import { formatCount, formatMoney } from "../format.ts";

/** `openai / gpt-5.2 · 310 in, 42 out · $0.0011`. */
export function ModelCallText({ call }: { call: Job["calls"][number] }) {
  const { provider, model, reused, input_tokens, output_tokens, cost_usd, error } = call;
  const parts = reused
    ? ["reused, free"]
    : [
        `${formatCount(input_tokens)} in, ${formatCount(output_tokens)} out`,
        formatMoney(cost_usd),
        ...(error ? [error.code] : []),
      ];
  return (
    <span>{[provider === null ? model : `${provider} / ${model}`, ...parts].join(" · ")}</span>
  );
}
