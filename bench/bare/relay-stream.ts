/** Relays an object's socket, whose messages are server-sent events, as an event stream. */
export function relayStream(webSocket: WebSocket | null): Response {
  if (!webSocket) return new Response(null, { status: 404 });
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      webSocket.addEventListener("message", ({ data }) => {
        controller.enqueue(encoder.encode(String(data)));
      });
      webSocket.addEventListener("close", () => controller.close());
      webSocket.accept();
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}
