/** Files of runs and of rows, by who should not have them. */
import assert from 'node:assert/strict';
import type { Random } from './random.ts';
import type { Tenant } from './tenant.ts';

/** Is told of an answer, and of the whole request. */
export type Hear = (teller: Tenant, said: string, answer: string, how: string) => void;

const lines = { 'content-type': 'application/jsonl' };

/** With filters by what is somebody else's, and by their name. */
export async function askForFiles(teller: Tenant, other: Tenant, random: Random, hear: Hear): Promise<void> {
  const { things, words } = other;
  const filters: Record<string, string | undefined> = random.pick([
    {},
    { owner: words.owner },
    { experiment: things?.experimentName },
    { prompt: `qz${other.name}` },
    { prompt: 'lies off the coast', status: 'COMPLETED' },
    { owner: teller.words.owner, experiment: things?.experimentName },
    { owner: '' },
  ]);
  const given = Object.entries(filters).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const path = `/runs.${random.pick(['jsonl', 'jsonl', 'csv', 'parquet'])}?${new URLSearchParams(given)}`;
  const response = await teller.asking.fetch(path);
  const text = Buffer.from(await response.arrayBuffer()).toString('latin1');
  assert.ok([200, 400].includes(response.status), `${path}: ${response.status} ${text.slice(0, 500)}`);
  hear(teller, decodeURIComponent(path), text, path);
  const metrics = await teller.asking.fetch('/metrics');
  assert.equal(metrics.status, 403);
  hear(teller, '', await metrics.text(), '/metrics');
}

/** Rows, under a name that somebody else's have. */
export async function send(teller: Tenant, _: Tenant, random: Random, hear: Hear): Promise<void> {
  const body = `place\n${teller.words.value}${random.below(100)}\n`;
  const headers = { 'content-type': 'text/csv' };
  const response = await teller.asking.fetch('/rows?name=places.csv', { method: 'POST', headers, body });
  hear(teller, body, await response.text(), '/rows');
}

/** Own runs, as they are. */
export async function bring(teller: Tenant, _: Tenant, __: Random, hear: Hear): Promise<void> {
  const own = await ownRuns(teller);
  const response = await teller.asking.fetch('/runs.jsonl', { method: 'POST', headers: lines, body: own });
  hear(teller, own, await response.text(), 'POST /runs.jsonl');
}

/** Own runs under the ids of somebody else's: those are told nothing of, and stay as they are. */
export async function bringForeign(teller: Tenant, other: Tenant, _: Random, hear: Hear): Promise<void> {
  const own = await ownRuns(teller);
  const foreign = atob(other.things?.run ?? '').slice('Run:'.length);
  const body = own.replaceAll(/"id":"[0-9a-f-]{36}"/g, `"id":"${foreign}"`);
  const response = await teller.asking.fetch('/runs.jsonl', { method: 'POST', headers: lines, body });
  hear(teller, body, await response.text(), 'POST /runs.jsonl of ids of others');
}

/** The first of them. */
async function ownRuns({ asking, things }: Tenant): Promise<string> {
  const filter = new URLSearchParams({ experiment: things?.experimentName ?? '' });
  const text = await (await asking.fetch(`/runs.jsonl?${filter}`)).text();
  return `${text.split('\n').slice(0, 2).join('\n')}\n`;
}
