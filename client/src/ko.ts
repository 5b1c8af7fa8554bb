export { failureMessages, failureMessage } from "./ko/failure-message.ts";
export { problemMessages } from "./ko/problem-messages.ts";
export { problemMessage } from "./ko/problem-message.ts";
