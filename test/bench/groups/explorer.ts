import { basename } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../../support/browser.ts';
import { median } from '../figure.ts';
import type { Group } from '../group.ts';
import { BenchServer } from '../server.ts';

/** What the page itself has noted: milliseconds since it was asked for. */
interface Noted {
  interactive: number;
  /** When the event of a layer came, by the layer. */
  told: number[];
  /** When frames were drawn. */
  frames: number[];
}

/** The page in a browser, of a server that is there already. */
export const explorer: Group = {
  name: 'explorer',
  title: 'The page in a browser, a run of many layers and positions coming in',
  shapes: ['deep'],
  lengths: () => [512],
  async *measure({ folder, lengths, repetitions, threads, progress }) {
    const browser = await openBrowser();
    if (typeof browser === 'string') throw new Error(browser);
    try {
      await using server = await BenchServer.start(folder, { THREADS: String(threads) });
      for (const length of lengths) {
        const turns: Turn[] = [];
        // The first one builds, loads and warms up.
        for (let turn = -1; turn < repetitions; turn++) {
          progress(`T = ${length}, turn ${turn + 1} of ${repetitions}`);
          const measured = await followed(browser, server, basename(folder), length, turn);
          if (turn >= 0) turns.push(measured);
        }
        const column = `T = ${length}`;
        const of = (name: keyof Turn) => median(turns.map((turn) => turn[name]));
        yield { row: 'the page can be used after', column, value: of('interactive'), unit: 'ms', goal: 1000 };
        yield { row: 'the first layer drawn after its event', column, value: of('first'), unit: 'ms', goal: 100 };
        yield { row: '… the layer that waits longest', column, value: of('slowest'), unit: 'ms' };
        yield { row: 'frames while the layers come', column, value: of('frames'), unit: 'a second', goal: 30 };
      }
    } finally {
      await browser.close();
    }
  },
};

interface Turn {
  readonly interactive: number;
  readonly first: number;
  readonly slowest: number;
  readonly frames: number;
}

async function followed(
  browser: Browser,
  server: BenchServer,
  model: string,
  length: number,
  turn: number,
): Promise<Turn> {
  const profile = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  try {
    const page = await profile.newPage();
    await page.addInitScript(note);
    const run = await start(server, model, length, turn);
    const address = new URL('/', server.url);
    address.search = new URLSearchParams({ run, track: String(length >> 1) }).toString();
    await page.goto(address.href);
    await page.locator('.flow .status', { hasText: / layers in / }).waitFor({ timeout: 120_000 });
    return await measured(page);
  } finally {
    await profile.close();
  }
}

/** In the page, before anything of it runs. */
function note(): void {
  const noted: Noted = { interactive: 0, told: [], frames: [] };
  Object.assign(globalThis, { noted });
  const { WebSocket: Plain } = globalThis;
  // Hears each message before the page does.
  globalThis.WebSocket = class extends Plain {
    constructor(...args: ConstructorParameters<typeof Plain>) {
      super(...args);
      this.addEventListener('message', ({ data }) => {
        if (typeof data !== 'string' || !data.includes('"LayerCirculated"')) return;
        const layer = Number(/"layer":(\d+)/.exec(data)?.[1]);
        noted.told[layer] ??= performance.now();
      });
    }
  };
  const look = (now: number) => {
    noted.frames.push(now);
    if (!noted.interactive && document.querySelector('main textarea')) noted.interactive = performance.now();
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

async function measured(page: Page): Promise<Turn> {
  const { noted, drawn } = await page.evaluate(() => ({
    noted: (globalThis as unknown as { noted: Noted }).noted,
    drawn: performance.getEntriesByType('mark').flatMap(({ name, startTime }) => {
      const layer = /^tributary: layer (\d+) drawn$/.exec(name)?.[1];
      return layer === undefined ? [] : [{ layer: Number(layer), at: startTime }];
    }),
  }));
  const waited = drawn.map(({ layer, at }) => at - (noted.told[layer] ?? Number.NaN));
  const [from = 0, to = 0] = [noted.told[0], drawn.at(-1)?.at];
  const frames = noted.frames.filter((at) => at >= from && at <= to).length;
  return {
    interactive: noted.interactive,
    first: waited[0] ?? Number.NaN,
    slowest: Math.max(...waited),
    frames: (frames / (to - from)) * 1000,
  };
}

const startAttribution = `mutation ($input: LogitAttributionInput!) {
  startLogitAttribution(input: $input) { ... on RunPayload { run { id } } ... on Error { message } }
}`;

/** An attribution of another prompt each turn: nothing is replayed. @returns its id */
async function start(server: BenchServer, model: string, length: number, turn: number): Promise<string> {
  const tokenIds = Array.from({ length }, (_, position) => (position === 0 ? turn + 2 : (position * 37 + 13) % 251));
  const input = { model, prompt: { tokenIds } };
  const { startLogitAttribution } = await server.ask(startAttribution, { input });
  return (startLogitAttribution as { run: { id: string } }).run.id;
}
