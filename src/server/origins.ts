/** Which web pages may talk to the server: a browser sends the origin of the page that asks. */
import { isIP } from 'node:net';

/** Origins, or `*` for all. The server's own is allowed without being listed, if its name cannot be someone else's. */
export type OriginRule = readonly string[];

/** @param host the Host header of the request */
export function isAllowedOrigin(origin: string, host: string | null | undefined, rule: OriginRule): boolean {
  if (rule.includes('*') || rule.includes(origin)) return true;
  if (!URL.canParse(origin)) return false;
  const { host: asking, hostname } = new URL(origin);
  return asking === host && isOwnName(hostname);
}

/**
 * Names that only this machine answers to. Any other name may be a page's own domain that was pointed at this address
 * after the page was loaded (DNS rebinding): the page and the server then have the same origin.
 */
function isOwnName(hostname: string): boolean {
  return (
    hostname === 'localhost' || hostname.endsWith('.localhost') || isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0
  );
}
