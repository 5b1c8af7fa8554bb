declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  type Node = object | string | null;
  type Props = Readonly<Record<string, Node | undefined>>;
  export type Component = (props: Props) => Node | undefined;
  export type CreateElement = (
    component: Component | string,
    props: Props | null,
    ...children: (Node | undefined)[]
  ) => Node;

  /** Replaces components, with the React that Swagger UI bundles. */
  export type Plugin = (system: { React: { createElement: CreateElement } }) => {
    components: Record<string, Component>;
    wrapComponents: Record<string, (original: Component) => Component>;
  };

  interface Options {
    dom_id: string;
    url: string;
    plugins: Plugin[];
    deepLinking: boolean;
    docExpansion: "list" | "full" | "none";
    defaultModelExpandDepth: number;
    defaultModelsExpandDepth: number;
    displayRequestDuration: boolean;
    filter: boolean;
    persistAuthorization: boolean;
    validatorUrl: null;
    onComplete: () => void;
  }
  interface System {
    /** Gives a scheme of the document, with a key, its value. */
    preauthorizeApiKey: (scheme: string, value: string) => void;
  }
  export default function SwaggerUI(options: Options): System;
}
