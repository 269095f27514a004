import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testsOf } from './imports.ts';

describe('the tests of a source file', () => {
  it('are its own, then those that reach it by the fewest imports', () => {
    const sources = new Map([
      ['src/a/sum.ts', ''],
      ['src/a/sum.test.ts', "import { sum } from './sum.ts';"],
      ['src/a/mean.ts', "import { sum } from './sum.ts';"],
      ['src/b/worker.ts', "import { mean } from '../a/mean.ts';"],
      ['src/b/pool.ts', "new Worker(new URL('./worker.ts', import.meta.url));"],
      ['test/far.test.ts', "import { Pool } from '../src/b/pool.ts';"],
      ['test/near.test.ts', "import {\n  mean,\n} from '../src/a/mean.ts';"],
      ['test/types.test.ts', "import type { sum } from '../src/a/sum.ts';"],
      ['test/other.test.ts', "import { other } from '../src/a/other.ts';"],
    ]);
    assert.deepEqual(testsOf('src/a/sum.ts', sources), ['src/a/sum.test.ts', 'test/near.test.ts', 'test/far.test.ts']);
    assert.deepEqual(testsOf('src/b/pool.ts', sources), ['test/far.test.ts']);
    assert.deepEqual(testsOf('src/a/other.ts', sources), ['test/other.test.ts']);
  });

  it('are found where files import one another', () => {
    const sources = new Map([
      ['src/a.ts', "import './b.ts';"],
      ['src/b.ts', "import './a.ts';"],
      ['src/b.test.ts', "import './b.ts';"],
    ]);
    assert.deepEqual(testsOf('src/a.ts', sources), ['src/b.test.ts']);
  });
});
