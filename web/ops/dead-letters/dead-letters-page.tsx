import { cursorIn } from "../href.ts";
import type { PageProps } from "../route.ts";
import { CausePage } from "./cause-page.tsx";
import { CausesPage } from "./causes-page.tsx";

/** Dead letters: by cause, or those of one. */
export const DeadLettersPage = ({ of, query }: PageProps) =>
  of === null ? <CausesPage /> : <CausePage fingerprint={of} cursor={cursorIn(query)} />;
