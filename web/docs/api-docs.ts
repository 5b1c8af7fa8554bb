import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";
import { accessibilityPlugin } from "./accessibility-plugin.ts";
import { followColorScheme } from "./color-scheme.ts";

followColorScheme();
SwaggerUI({
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
});
