import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";
import { accessible } from "./accessible.ts";
import { followColorScheme } from "./color-scheme.ts";

followColorScheme();
SwaggerUI({
  dom_id: "#docs",
  url: "/openapi.json",
  plugins: [accessible],
  deepLinking: true,
  docExpansion: "list",
  defaultModelExpandDepth: 2,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  // What is typed in to try a route is forgotten with the page.
  persistAuthorization: false,
  // Nobody else is asked whether the document is valid.
  validatorUrl: null,
});
