/** Which web pages may talk to the server: a browser sends the origin of the page that asks. */

/** Origins, or `*` for all. The server's own is always allowed. */
export type OriginRule = readonly string[];

/** @param host the Host header of the request */
export function isAllowedOrigin(origin: string, host: string | null | undefined, rule: OriginRule): boolean {
  if (rule.includes('*') || rule.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
