/** What browsers may do with the server's answers: no more than each of them needs. */
import type { RequestListener } from 'node:http';

/** A page adds what it loads; for anything else there is nothing to load. */
export function contentSecurityPolicy(sources: Readonly<Record<string, string>> = {}): string {
  const directives = {
    'default-src': "'none'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    ...sources,
  };
  return Object.entries(directives)
    .map((directive) => directive.join(' '))
    .join('; ');
}

const headers = new Map([
  // Answers hold prompts, and change: those that may be kept say so themselves.
  ['cache-control', 'no-store'],
  ['content-security-policy', contentSecurityPolicy()],
  ['cross-origin-opener-policy', 'same-origin'],
  // Of pages that load an answer as an image or a script; those that ask by CORS have its own headers.
  ['cross-origin-resource-policy', 'same-origin'],
  ['referrer-policy', 'no-referrer'],
  ['x-content-type-options', 'nosniff'],
  // As frame-ancestors, for browsers that do not know it.
  ['x-frame-options', 'DENY'],
]);

/** Every answer has the headers, whoever makes it, unless it says otherwise itself. */
export function withHeaders(listener: RequestListener): RequestListener {
  return (request, response) => {
    response.setHeaders(headers);
    return listener(request, response);
  };
}
