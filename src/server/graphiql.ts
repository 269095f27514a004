/** GraphiQL: of several megabytes, made when it is first asked for. */
import type { IncomingMessage, RequestListener } from 'node:http';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import type { Logger } from 'pino';
import { exampleTabs } from './examples.ts';
import { contentSecurityPolicy } from './headers.ts';
import { graphqlPath } from './http.ts';
import { reopenTab } from './reopened-tab.ts';
import { hashOf, ServedFile } from './served-file.ts';

const switchedOff =
  'GraphiQL is switched off: this server answers trusted documents only (TRUSTED_DOCUMENTS), and what is written there is none of them.\n';

export interface GraphiQLOptions {
  /** Whether nothing that is written there would be answered. */
  readonly trustedOnly: boolean;
  /** Whether the server wants to know who asks. */
  readonly asksForKeys: boolean;
}

/** Answers browsers that open the endpoint as a page; all else is the listener's. */
export function serveGraphiQL(
  listener: RequestListener,
  log: Logger,
  { trustedOnly, asksForKeys }: GraphiQLOptions,
): RequestListener {
  let page: ServedFile | undefined;
  return (request, response) => {
    if (!asksForPage(request)) return listener(request, response);
    if (trustedOnly)
      return void response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' }).end(switchedOff);
    page ??= graphiql(asksForKeys);
    page.send(request, response, log);
  };
}

function asksForPage({ method, url = '', headers }: IncomingMessage): boolean {
  const [path] = url.split('?');
  return (
    (method === 'GET' || method === 'HEAD') &&
    (path === graphqlPath || path === `${graphqlPath}/`) &&
    (headers.accept ?? '').includes('text/html')
  );
}

function graphiql(asksForKeys: boolean): ServedFile {
  const rendered = renderGraphiQL({
    title: 'Tributary',
    // The headers that are written there, a key among them, it sends over HTTP alone.
    subscriptionsProtocol: asksForKeys ? 'SSE' : 'WS',
    defaultTabs: exampleTabs,
    // Into the browser's storage, where a key would stay for good.
    shouldPersistHeaders: false,
  });
  const start = rendered.indexOf('<script>');
  const script = rendered.slice(start + '<script>'.length, rendered.lastIndexOf('</script>'));
  const page = `${rendered.slice(0, start)}<script>${reopenTab}</script>${rendered.slice(start)}`;
  return new ServedFile(Buffer.from(page), {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    'content-security-policy': contentSecurityPolicy({
      'script-src': [reopenTab, script].map((text) => `'sha256-${hashOf(text)}'`).join(' '),
      // Its editor, Monaco, writes its style sheets as it goes, and starts its workers from blobs.
      'style-src': "'unsafe-inline'",
      'worker-src': 'blob:',
      'font-src': 'data:',
      'img-src': 'data:',
      // WebSockets to the same host included.
      'connect-src': "'self'",
    }),
    vary: 'Accept, Accept-Encoding',
  });
}
