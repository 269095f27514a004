import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { onEachStore } from '../../../test/support/stores.ts';
import { attributed, circulated } from '../../../test/support/taken-runs.ts';
import type { TemporaryRuns } from '../../../test/support/temporary-runs.ts';
import { circulationVersion } from '../../explain/circulation/circulate.ts';
import { headerLine } from './header.ts';
import { importRuns } from './import.ts';
import { lineOf } from './line.ts';
import { linesOf } from './lines.ts';

const header = headerLine(new Date());

const provenance = {
  program: '9',
  method: circulationVersion,
  machine: { processor: 'p', cores: 1, memory: 1, platform: 'x', onnxruntime: '1' },
};

/** A line as it is parsed. */
interface Parsed {
  [key: string]: unknown;
  input: Record<string, unknown>;
  events: Record<string, unknown>[];
  parts: Record<string, unknown>[];
}

onEachStore('Lines that are brought', ({ temporaryRuns }) => {
  let runs: TemporaryRuns;
  let circulation = '';
  let attribution = '';
  before(async () => {
    runs = await temporaryRuns();
    const ids = [await circulated(runs.store, 1), await attributed(runs.store, 2)];
    [circulation = '', attribution = ''] = (await runs.store.transfer.read(ids)).map(lineOf);
    for (const id of ids) await runs.store.delete(id);
  });
  afterEach(() => runs.database.run.deleteMany());
  after(() => runs[Symbol.asyncDispose]());

  const brought = (text: string | Buffer) => importRuns(runs.store, piecesOf(Buffer.from(text)));
  const stored = () => runs.database.run.count();

  /** The line with a change. */
  const changed = (line: string, change: (parsed: Parsed) => void): string => {
    const parsed = JSON.parse(line) as Parsed;
    change(parsed);
    return JSON.stringify(parsed);
  };
  const event = (parsed: Parsed, index: number) => parsed.events[index] as Record<string, unknown>;

  const wrong: readonly (readonly [what: string, line: () => string, message: RegExp])[] = [
    ['no JSON', () => '{"id": nothing}', /no JSON/],
    ['another value', () => '[]', /expected object/],
    ['a wrong id', () => changed(circulation, (run) => (run.id = '../../etc')), /^id: it is no id of a run/],
    ['a run under way', () => changed(circulation, (run) => (run.status = 'RUNNING')), /^status: /],
    ['another status', () => changed(circulation, (run) => (run.status = 'FAILED')), /FAILED CIRCULATION cannot be/],
    [
      'a question of another kind',
      () => changed(circulation, (run) => (run.kind = 'GENERATION')),
      /its question is none/,
    ],
    [
      'another question',
      () => changed(circulation, (run) => Object.assign(run, { provenance, input: { ...run.input, layers: 3 } })),
      /content hash is not that/,
    ],
    ['a hash that is none', () => changed(circulation, (run) => (run.contentHash = 'abc')), /^contentHash: /],
    ['a token that is no number', () => changed(circulation, ({ input }) => (input.inputIds = ['1'])), /inputIds\.0/],
    [
      'a token that is too large',
      () => changed(circulation, ({ input }) => (input.inputIds = [2 ** 31])),
      /inputIds\.0/,
    ],
    ['a target outside', () => changed(circulation, ({ input }) => (input.track = [2])), /outside of the prompt/],
    ['a method that is none', () => changed(attribution, ({ input }) => (input.method = 'MAGIC')), /input\.method/],
    ['a missing event', () => changed(circulation, ({ events }) => void events.splice(1, 1)), /event 1 is missing/],
    [
      'an event twice',
      () => changed(circulation, (run) => void run.events.splice(1, 0, event(run, 1))),
      /event 2 is missing/,
    ],
    ['no end', () => changed(circulation, ({ events }) => void events.pop()), /cannot be LAYER/],
    ['no events', () => changed(circulation, (run) => (run.events = [])), /none of its events says so/],
    [
      'an event of another kind',
      () => changed(circulation, (run) => (event(run, 1).type = 'TOKEN')),
      /cannot be TOKEN/,
    ],
    ['a time that is none', () => changed(circulation, (run) => (event(run, 0).at = 'yesterday')), /^events\.0\.at: /],
    ['wrong base64', () => changed(circulation, (run) => (event(run, 1).arrays = 'A')), /arrays: it is no base64/],
    [
      'base64 of other letters',
      () => changed(circulation, (run) => (event(run, 1).arrays = 'ab-_')),
      /it is no base64/,
    ],
    ['arrays cut short', () => changed(circulation, (run) => (event(run, 1).arrays = 'AAAAAA==')), /has 4$/],
    ['arrays of half a number', () => changed(circulation, (run) => (event(run, 0).arrays = 'AAA=')), /has 2$/],
    [
      'references past the arrays',
      () => changed(circulation, (run) => (event(run, 0).payload = { x: { $floats: [0, 1e15] } })),
      /refers to 4000000000000000 bytes/,
    ],
    [
      'references before the arrays',
      () => changed(circulation, (run) => (event(run, 0).payload = { x: { $floats: [-1, 1] } })),
      /not next in its arrays/,
    ],
    [
      'references that are none',
      () => changed(circulation, (run) => (event(run, 0).payload = { x: { $floats: 'all' } })),
      /not next in its arrays/,
    ],
    [
      'an event that is a list',
      () => changed(circulation, (run) => (event(run, 0).payload = [])),
      /^events\.0\.payload/,
    ],
    ['NaN', () => circulation.replace('"elapsed":0.5', '"elapsed":NaN'), /no JSON/],
    ['a huge number', () => circulation.replace('"elapsed":0.5', '"elapsed":1e999'), /number of elapsed is too large/],
    ['no summary', () => changed(attribution, (run) => (run.parts = [])), /summary of its answer is missing/],
    [
      'a part twice',
      () => changed(attribution, ({ parts }) => void parts.push(parts[0] as object as never)),
      /^parts: a part/,
    ],
    [
      'a summary that is none',
      () =>
        changed(attribution, ({ parts }) => {
          for (const part of parts) if (part.name === 'summary') Object.assign(part, { payload: {}, arrays: '' });
        }),
      /the summary of its answer is none/,
    ],
    [
      'parts of what has none',
      () => changed(circulation, (run) => (run.parts = [{ name: 'a', count: 0, payload: 1, arrays: '' }])),
      /parts of one/,
    ],
    [
      'NUL in the name of a model',
      () => changed(circulation, (run) => (run.model = { name: 'a\0b', revision: 'r' })),
      /^model\.name: it holds the character NUL/,
    ],
    ['an endless note', () => changed(circulation, (run) => (run.note = 'a'.repeat(1e6))), /^note: /],
    [
      'an experiment without a name',
      () => changed(circulation, (run) => (run.experiments = [{ name: ' ', description: '', tags: [] }])),
      /^experiments\.0\.name: The name of an experiment is not empty/,
    ],
    [
      'an endless depth',
      () => circulation.replace('"elapsed":0.5', `"elapsed":${'['.repeat(1e5)}${']'.repeat(1e5)}`),
      /cannot be read|stack/,
    ],
  ];
  for (const [what, line, message] of wrong)
    it(`are told by their number, and leave nothing behind: ${what}`, async () => {
      const report = await brought(`${header}\n\n${line()}\n`);
      assert.deepEqual([report.imported, report.there, report.refusedCount], [0, 0, 1]);
      assert.equal(report.refused[0]?.line, 3);
      assert.match(report.refused[0]?.message ?? '', message);
      assert.deepEqual(
        [await stored(), await runs.database.event.count(), await runs.database.experiment.count()],
        [0, 0, 0],
      );
    });

  it('change nothing by a name that objects have by themselves', async () => {
    const line = circulation.replace('"elapsed":0.5', '"__proto__":{"polluted":1},"constructor":null,"elapsed":0.5');
    const report = await brought(`${header}\n${line}\n`);
    assert.equal(report.imported, 1, JSON.stringify(report));
    assert.equal(({} as { polluted?: number }).polluted, undefined);
    const [run] = await runs.store.list({ limit: 1 });
    const events = await runs.store.events.page(run?.id ?? '', { limit: 10 });
    assert.equal((events[1] as unknown as { step: { polluted?: number } }).step.polluted, undefined);
  });

  it('go in beside those that are wrong, and a file that was cut off is told', async () => {
    const report = await brought(`${header}\nnothing\n${circulation}\n${attribution.slice(0, 500)}`);
    assert.deepEqual([report.imported, report.refused.map(({ line }) => line)], [1, [2, 4]]);
    assert.match(report.refused[1]?.message ?? '', /ends in the midst of it/);
    const again = await brought(`\uFEFF${header}\r\n${circulation}\r\n${attribution}`);
    assert.deepEqual([again.imported, again.there, again.refusedCount], [1, 1, 0]);
    const id = JSON.parse(circulation).id;
    const other = await brought(`${header}\n${attribution.replace(JSON.parse(attribution).id, id)}\n`);
    assert.match(other.refused[0]?.message ?? '', new RegExp(`another run has the id ${id}`));
  });

  it('are told one by one as long as they are few', async () => {
    const report = await brought(`${header}\n${'nothing\n'.repeat(1000)}`);
    assert.deepEqual([report.refused.length, report.refusedCount], [100, 1000]);
  });

  it('of a version of the method that is not this one are verified by it, and answer nobody where none is known', async () => {
    const unknown = changed(attribution, (run) =>
      Object.assign(run, { contentHash: 'a'.repeat(64), provenance: null }),
    );
    assert.equal((await brought(`${header}\n${unknown}\n`)).imported, 1);
    assert.deepEqual(await runs.database.run.findMany({ select: { answers: true } }), [{ answers: null }]);
    for (const { id } of await runs.store.list({ limit: 5 })) await runs.store.delete(id);
    const known = changed(attribution, (run) => (run.provenance = { ...provenance, method: 99 }));
    assert.match((await brought(`${header}\n${known}\n`)).refused[0]?.message ?? '', /content hash is not that/);
  });

  for (const [what, text, message] of [
    ['nothing', '', /empty/],
    ['another file', '{"id": 1}\n', /no file of runs: it begins with a line like {"format":"tributary-runs"/],
    ['no text', Buffer.from([0xff, 0xfe, 0x0a]), /no file of runs/],
    [
      'a later form',
      `${header.replace('"version":1', '"version":2')}\n`,
      /version 2 of the form.*Bring this program up to date/,
    ],
  ] as const)
    it(`are refused as a whole: ${what}`, async () => {
      await assert.rejects(brought(text), { code: 'INPUT', message });
      assert.equal(await stored(), 0);
    });

  it('stay whole when an import is stopped', async () => {
    const lines = Array.from({ length: 120 }, () =>
      circulation.replace(JSON.parse(circulation).id, runs.store.newId()),
    );
    const stopping = new AbortController();
    const stopped = new Error('stopped');
    const file = Buffer.from(`${header}\n${lines.join('\n')}\n`);
    const onProgress = () => stopping.abort(stopped);
    await assert.rejects(importRuns(runs.store, piecesOf(file), { signal: stopping.signal, onProgress }), stopped);
    assert.equal(await stored(), 50, 'one transaction');
    const goingOn = await importRuns(runs.store, piecesOf(file));
    assert.deepEqual([goingOn.imported, goingOn.there], [70, 50]);
    const events = await runs.database.event.groupBy({ by: ['runId'], _count: true });
    assert.ok(events.every(({ _count }) => _count === 4));
  });
});

describe('The lines of a file', () => {
  it('are as long as may be, and those behind a longer one are read', async () => {
    const file = Buffer.from(`${'a'.repeat(10)}\n${'b'.repeat(11)}\n\nö`);
    for (const size of [1, 3, 100]) {
      const lines = await Array.fromAsync(linesOf(piecesOf(file, size), 10));
      assert.deepEqual(
        lines.map(({ number, text, fault, ended }) => [number, text ?? fault, ended]),
        [
          [1, 'aaaaaaaaaa', true],
          [2, 'it has more than 10 bytes', true],
          [4, 'ö', false],
        ],
      );
    }
  });
});

async function* piecesOf(file: Buffer, size = 4096): AsyncGenerator<Buffer> {
  for (let start = 0; start < file.length; start += size) yield file.subarray(start, start + size);
}
