import type { Component, CreateElement, Plugin } from "swagger-ui-dist/swagger-ui-es-bundle.js";

/** A field within a label that is read out, and not seen. */
const labelled = (
  createElement: CreateElement,
  Field: Component,
  textOf: (props: Parameters<Component>[0]) => ReturnType<Component>,
): Component => {
  return (props) =>
    createElement(
      "label",
      null,
      createElement("span", { className: "visually-hidden" }, textOf(props)),
      createElement(Field, props),
    );
};

/** What Swagger UI leaves out for those who do not see the page, or use no mouse. */
export const accessible: Plugin = ({ React: { createElement } }) => ({
  components: {
    // There is one server, and its choice has no name.
    ServersContainer: () => null,
  },
  wrapComponents: {
    // A link within the button of its operation: the button alone does the same.
    DeepLink:
      () =>
      ({ text }) =>
        createElement("span", null, text),
    // Choices that have no name: of an example, and of a parameter's value.
    ExamplesSelect: (Field) => labelled(createElement, Field, () => "Example"),
    JsonSchema_string: (Field) => labelled(createElement, Field, ({ description }) => description),
  },
});
