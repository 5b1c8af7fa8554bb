import { z } from "zod";
import { json } from "./bodies.ts";
import { answers } from "./components.ts";
import { operation, type Resource } from "./operation.ts";

const Health = answers(
  "Health",
  z.object({ status: z.literal("ok"), service: z.string() }),
  "The Worker runs.",
);
const Ready = answers(
  "Ready",
  z.object({
    status: z.literal("ok"),
    model: z.string().meta({ description: "The model of a scan that names none." }),
  }),
  "All that the Worker needs is there.",
);
const Unavailable = answers(
  "Unavailable",
  z.object({
    status: z.literal("unavailable"),
    reasons: z.array(z.object({ part: z.string(), reason: z.string() })),
  }),
  "What is missing, and why.",
);

export const health: Resource = {
  tag: "Health",
  description: "Is it up, and is what it needs there.",
  operations: [
    operation("get", "/health", {
      id: "getHealth",
      summary: "Does the Worker run",
      access: "probe",
      network: "4XX",
      answers: {
        200: json("It runs.", Health, { running: { status: "ok", service: "eco2-edge" } }),
      },
    }),
    operation("get", "/ready", {
      id: "getReadiness",
      summary: "Is what it needs there",
      access: "probe",
      network: "4XX",
      answers: {
        200: json("It can serve.", Ready, { ready: { status: "ok", model: "offline" } }),
        503: json("It cannot serve, with the reasons.", Unavailable, {
          "no authentication": {
            status: "unavailable",
            reasons: [
              {
                part: "auth",
                reason: "Error: AUTH_MODE=jwt needs AUTH_JWKS_URL or AUTH_JWT_SECRET",
              },
            ],
          },
        }),
      },
    }),
  ],
};
