export { failureSentences, failureWords } from "./ko/failure-words.ts";
export { problemSentences } from "./ko/problem-sentences.ts";
export { problemWords } from "./ko/problem-words.ts";
