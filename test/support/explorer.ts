/** For tests of the page: built once, served by a server of its own, open in a real browser with a fresh profile. */
import { after } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { builtExplorer } from '../../src/build/explorer.ts';
import { type ExplorerFiles, readExplorer } from '../../src/server/explorer.ts';
import type { Parts } from '../../src/server/server.ts';
import { startTestServer, type TestServer } from '../server/harness.ts';
import { openBrowser } from './browser.ts';

/** Milliseconds for what a busy machine does in two seconds. */
const patience = 60_000;

const browser = await openBrowser();
after(async () => {
  if (typeof browser !== 'string') await browser.close();
});

/** Why the page cannot be opened here; false where it can: `describe('…', { skip: noBrowser }, () => …)`. */
export const noBrowser = typeof browser === 'string' && browser;

export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** Of the page, with a slash at its end. */
  readonly url: string;
  /** What the page said on the console as an error, what it did not catch, and which requests failed, so far. */
  readonly errors: readonly string[];
  /** Addresses, so far, that the page asked for. */
  readonly requests: readonly string[];
  /** Those of them that are not the server's; those of what it made itself, `blob:` and `data:`, aside. */
  foreignRequests(): readonly string[];
}

export interface OpenExplorer extends OpenPage {
  readonly server: TestServer;
}

export interface PageOptions {
  /** What is opened, from the slash on: `/?run=…`. */
  readonly path?: string;
  /** Of the browser: `{ viewport, colorScheme, reducedMotion }`. */
  readonly context?: BrowserContextOptions;
}

export interface ExplorerOptions extends PageOptions {
  /** Settings of the server. */
  readonly variables?: Record<string, string>;
  /** Who asks; absent: anybody. */
  readonly principalOf?: Parts['unasked'];
}

/** At the end of the block it is closed, and its server too: `await using explorer = await openExplorer()`. */
export async function openExplorer({
  variables = {},
  principalOf,
  ...options
}: ExplorerOptions = {}): Promise<OpenExplorer> {
  await using parts = new AsyncDisposableStack();
  const server = await startTestServer(variables, undefined, await explorerFiles(), principalOf);
  parts.defer(() => server.close());
  const open = parts.use(await openPage(server.explorerUrl, options));
  const opened = parts.move();
  return { ...open, server, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** A page of a server that is there, in a profile of its own, which is closed with it. */
export async function openPage(url: string, { path = '/', context = {} }: PageOptions = {}): Promise<OpenPage> {
  const profile = await (browser as Browser).newContext({ viewport: { width: 1280, height: 900 }, ...context });
  profile.setDefaultTimeout(patience);
  const page = await profile.newPage();
  const errors: string[] = [];
  const requests: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('request', (request) => requests.push(request.url()));
  page.on('websocket', (socket) => requests.push(socket.url()));
  const { host } = new URL(url);
  try {
    await page.goto(new URL(path, url).href);
  } catch (error) {
    await profile.close();
    throw error;
  }
  return {
    page,
    url,
    errors,
    requests,
    foreignRequests: () =>
      requests.filter((request) => !/^(blob|data):/.test(request) && new URL(request).host !== host),
    [Symbol.asyncDispose]: () => profile.close(),
  };
}

let files: Promise<ExplorerFiles> | undefined;

/** Built once, however many ask; other processes may build it at the same time. */
export function explorerFiles(): Promise<ExplorerFiles> {
  files ??= builtExplorer().then(({ folder, fault }) => {
    if (folder === undefined || fault !== undefined) throw new Error(`the page could not be built: ${fault}`);
    return readExplorer(folder);
  });
  return files;
}
