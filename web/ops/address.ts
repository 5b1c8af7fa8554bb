/** The address of a page, or of something on it. */
export const hrefOf = (path: string, of?: string): string =>
  of === undefined ? `#/${path}` : `#/${path}/${encodeURIComponent(of)}`;
