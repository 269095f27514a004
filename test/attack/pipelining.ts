/** Clients that ask for the page in pipelines and read none of it. */
import { RawConnection } from '../support/raw-connection.ts';

/**
 * @param requests that each connection sends ahead
 * @param during what is measured while all of them are unread
 */
export async function pipelineUnread<Figures>(
  url: string,
  { connections, requests }: { readonly connections: number; readonly requests: number },
  during: () => Promise<Figures>,
): Promise<Figures> {
  await using opened = new AsyncDisposableStack();
  for (let count = 0; count < connections; count++)
    opened.use(await RawConnection.open(url)).get({ accept: 'text/html' }, requests);
  return await during();
}
