/** The value of the header `Link` that names the next page: the same request, after a cursor. */
export function nextLink(url: string, after: number): string {
  const next = new URL(url);
  next.searchParams.set("after", String(after));
  return `<${next.pathname}${next.search}>; rel="next"`;
}
