/** That the runner leaves no test file out. */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { phasesOf } from './phases.ts';
import { summaryOf } from './summary.ts';
import { together } from './together.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const files = globSync(['src/**/*.test.ts', 'test/**/*.test.ts'], { cwd: root }).sort();

describe('the phases of the suite', () => {
  it('have every file once, and those that measure one by one', () => {
    const phases = phasesOf(files);
    assert.deepEqual(phases.flatMap((phase) => phase.files).sort(), files);
    const oneByOne = phases.filter(({ concurrency }) => concurrency === 1).flatMap((phase) => phase.files);
    assert.ok(oneByOne.includes('test/attack/attacks.test.ts'));
    assert.deepEqual(phasesOf([]), []);
  });

  it('import every file once, whether by itself or with its neighbours', async () => {
    await using folder = await temporaryFolder();
    const entries = await together(files, folder.path);
    const imported = await Promise.all(
      entries.map(async (entry) => {
        if (!entry.startsWith(folder.path)) return [entry];
        const urls = (await readFile(entry, 'utf8')).matchAll(/^import '(.*)';$/gm);
        return [...urls].map(([, url]) => relative(root, fileURLToPath(url as string)));
      }),
    );
    assert.deepEqual(imported.flat().sort(), files);
    assert.ok(entries.length < files.length);
  });

  it('have one summary, which names what failed and what did not come to its end', () => {
    const phase = (name: string) => ({ name, files: [], concurrency: 1 });
    const counts = { tests: 5, passed: 3, failed: 1, skipped: 1, failures: ['test/a.test.ts:3 holds'] };
    const text = summaryOf([
      { phase: phase('first'), seconds: 2, code: 1, interrupted: false, counts },
      { phase: phase('second'), seconds: 3, code: 1, interrupted: true, counts: undefined },
    ]);
    const cells = text.split('\n').map((line) => line.trim().split(/\s+/).join(' '));
    for (const line of ['first 5 3 1 1 2', 'second ? ? ? ? 3', 'all 5 3 1 1 5', 'test/a.test.ts:3 holds'])
      assert.ok(cells.includes(line), `${line} in\n${text}`);
  });
});
