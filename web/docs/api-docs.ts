import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";
import { isLoopbackHost } from "../../src/auth/loopback.ts";
import { accessibilityPlugin } from "./accessibility-plugin.ts";

/** Sets Swagger UI's class for dark colours by the system's colour scheme. */
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
const dark = matchMedia("(prefers-color-scheme: dark)");
dark.addEventListener("change", follow);
follow();
const ui = SwaggerUI({
  dom_id: "#docs",
  url: "/openapi.json",
  plugins: [accessibilityPlugin],
  deepLinking: true,
  docExpansion: "list",
  defaultModelExpandDepth: 2,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  // Credentials are not stored.
  persistAuthorization: false,
  // No request to a validator on another host.
  validatorUrl: null,
  onComplete: () => void signIn(),
});

/** Signs a developer in, where the server believes any user id, so that requests work at once. */
async function signIn(): Promise<void> {
  if (!isLoopbackHost(location.hostname)) return;
  const user = "developer";
  const { ok } = await fetch("/api/v1/users/me", { headers: { "X-User-ID": user } });
  if (ok) ui.preauthorizeApiKey("userId", user);
}
