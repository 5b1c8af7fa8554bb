import type { Component, CreateElement, Plugin } from "swagger-ui-dist/swagger-ui-es-bundle.js";

/** Wraps a field in a label for screen readers. */
const labelled = (
  createElement: CreateElement,
  Field: Component,
  textOf: (props: Parameters<Component>[0]) => ReturnType<Component>,
): Component => {
  return (props) =>
    createElement(
      "label",
      null,
      createElement("span", { className: "unseen" }, textOf(props)),
      createElement(Field, props),
    );
};

/** Adds what Swagger UI lacks for screen readers and keyboards. */
export const accessibilityPlugin: Plugin = ({ React: { createElement } }) => ({
  components: {
    // The choice of a server has no label, and there is one server only.
    ServersContainer: () => null,
  },
  wrapComponents: {
    // A link inside the button of its operation does the same as the button.
    DeepLink:
      () =>
      ({ text }) =>
        createElement("span", null, text),
    // These choices have no label.
    ExamplesSelect: (Field) => labelled(createElement, Field, () => "Example"),
    JsonSchema_string: (Field) => labelled(createElement, Field, ({ description }) => description),
  },
});
