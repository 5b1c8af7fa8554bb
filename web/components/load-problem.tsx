import type { ApiError } from "../../client/src/eco2-edge-client.ts";
import { problemMessage } from "../../client/src/ko.ts";
import { ProblemNotice } from "./problem-notice.tsx";

/** Why something could not be loaded, and a way to try again. */
export const LoadProblem = ({ error, onAgain }: { error: ApiError; onAgain: () => void }) => (
  <div class="load-problem" role="alert">
    <ProblemNotice tone="bad" {...problemMessage(error)} />
    <button type="button" class="quiet" onClick={onAgain}>
      다시 불러오기
    </button>
  </div>
);
