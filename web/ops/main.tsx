import { render } from "hono/jsx/dom";
import { App } from "./app.tsx";

const root = document.querySelector<HTMLElement>("#root");
if (!root) throw new Error("The page has no #root");
render(<App />, root);
