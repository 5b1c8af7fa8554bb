/** The model that the baselines ask: an OpenAI-shaped completion after LATENCY_MS, on PORT. */
import { createServer } from "node:http";

const latencyMs = Number(process.env["LATENCY_MS"] ?? 0);
const port = Number(process.env["PORT"]);
const content = JSON.stringify({ major_category: "재활용폐기물" });
const completion = JSON.stringify({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 0,
  model: "scripted",
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content } }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});

const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    setTimeout(() => {
      response.setHeader("content-type", "application/json");
      response.end(completion);
    }, latencyMs);
  });
});
server.listen(port, "127.0.0.1", () => console.log(`serving http://127.0.0.1:${port}`));
