/** The link to a page, or to an item on it. */
export const hrefOf = (path: string, of?: string): string =>
  of === undefined ? `#/${path}` : `#/${path}/${encodeURIComponent(of)}`;
