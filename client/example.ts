import { createClient, outputOf } from "eco2-edge-client";

// In a page the client takes the page's origin.
const address = globalThis.process?.env["ECO2_URL"] ?? "http://localhost:8787";
const baseUrl = globalThis.process ? address : undefined;
const client = createClient({ baseUrl, userId: "me" });
const userInput = "깨끗이 헹군 투명 페트병, 라벨 뗐어요";

for await (const frame of client.scan({ userInput })) {
  // While the answer is generated, its text comes between the events.
  if (frame.status === "delta") continue;
  console.log(`${frame.progress} % ${frame.stage} ${frame.status}`);
  const result = outputOf(frame, "done");
  if (!result) continue;
  const { disposal_steps = {} } = result.pipeline_result?.final_answer ?? {};
  for (const [name, step] of Object.entries(disposal_steps)) console.log(`${name}: ${step}`);
  console.log(result.reward ? `${result.reward.name}: ${result.reward.dialog}` : result.message);
}
