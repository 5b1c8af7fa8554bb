/** The link to a page, or to an item on it. */
export const hrefOf = (path: string, of?: string): string =>
  of === undefined ? `#/${path}` : `#/${path}/${encodeURIComponent(of)}`;

/** A link with one more parameter in its query. */
export const hrefWith = (href: string, name: string, value: string): string =>
  `${href}${href.includes("?") ? "&" : "?"}${name}=${encodeURIComponent(value)}`;

/** A parameter in the query of an address; null without it. */
export const inQuery = (query: string, name: string): string | null =>
  new URLSearchParams(query).get(name);

/** Of the page of a list that is shown, from the query of its address; null for the newest. */
export const cursorIn = (query: string): string | null => inQuery(query, "cursor");
