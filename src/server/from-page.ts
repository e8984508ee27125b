/** Whether a web page has sent a request. Browsers set these headers, and a page cannot remove both. */
export function isFromPage({ headers }: Request): boolean {
  return headers.has('origin') || headers.has('sec-fetch-site');
}
