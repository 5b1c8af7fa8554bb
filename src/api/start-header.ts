/** Names the start of a local server on `/ready`, so that `npm start` knows its own from another's. */
export const startHeader = "Eco2-Start";
