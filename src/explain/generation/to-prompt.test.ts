import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Matrix, solve } from 'ml-matrix';
import { answerMatrix } from './matrix.ts';
import { ToPrompt } from './to-prompt.ts';

/** Shares are told in float32. */
const single = 1e-6;
const double = 1e-12;

/** Rows of an answer behind a prompt: row m has as many scores as there are tokens before it. */
const answers = fc
  .record({ prompt: fc.integer({ min: 1, max: 12 }), answer: fc.integer({ min: 1, max: 12 }) })
  .chain(({ prompt, answer }) =>
    fc.record({
      prompt: fc.constant(prompt),
      rows: fc.tuple(
        ...Array.from({ length: answer }, (_, index) =>
          fc.oneof(
            { weight: 5, arbitrary: scoresOf(prompt + index, -8, 8) },
            { weight: 1, arbitrary: scoresOf(prompt + index, -8, 0) },
          ),
        ),
      ),
    }),
  );

function scoresOf(length: number, min: number, max: number) {
  return fc.float32Array({ minLength: length, maxLength: length, min, max, noNaN: true });
}

/** The dense system of the mathematics, solved by elimination with pivots. */
function dense(rows: readonly Float32Array[], prompt: number): number[][] {
  const normal = rows.map((row) => {
    const positive = Array.from(row, (score) => (score > 0 ? score : 0));
    const sum = positive.reduce((a, b) => a + b, 0);
    return positive.map((score) => (sum === 0 ? 0 : score / sum));
  });
  const p = new Matrix(normal.map((row) => row.slice(0, prompt)));
  const q = new Matrix(normal.map((row) => rows.map((_, index) => row[prompt + index] ?? 0)));
  return solve(Matrix.sub(Matrix.eye(rows.length), q), p).to2DArray();
}

describe('an answer traced back to its prompt', () => {
  it('is the solution of the dense system', async () => {
    await fc.assert(
      fc.asyncProperty(answers, async ({ prompt, rows }) => {
        const { shape, values } = await new ToPrompt(rows, prompt).shares();
        assert.deepEqual(shape, [rows.length, prompt]);
        for (const [place, share] of dense(rows, prompt).flat().entries())
          assert.ok(Math.abs((values[place] as number) - share) < single, `${values[place]} and ${share}`);
      }),
    );
  });

  it('has rows that sum to 1 with what is not traced, and none that is negative', async () => {
    await fc.assert(
      fc.asyncProperty(answers, async ({ prompt, rows }) => {
        const traced = new ToPrompt(rows, prompt);
        const { values } = await traced.shares();
        for (const [index, lost] of traced.untraced().entries()) {
          const row = values.subarray(index * prompt, (index + 1) * prompt);
          assert.ok(row.every((share) => share >= 0));
          assert.ok(Math.abs(row.reduce((sum, share) => sum + share, lost) - 1) < single * prompt);
          assert.ok(lost >= 0 && lost <= 1 + double);
        }
      }),
    );
  });

  it('is of the whole answer the mean over its tokens, which is found the other way round', async () => {
    await fc.assert(
      fc.asyncProperty(answers, async ({ prompt, rows }) => {
        const shares = dense(rows, prompt);
        const whole = new ToPrompt(rows, prompt).answer();
        assert.equal(whole.length, prompt);
        for (const [position, share] of whole.entries()) {
          const mean = shares.reduce((sum, row) => sum + (row[position] as number), 0) / rows.length;
          assert.ok(Math.abs(share - mean) < double, `${share} and ${mean}`);
        }
      }),
    );
  });

  it('is its own scores where no token of the answer comes from another', async () => {
    const rows = [
      [3, 1],
      [1, -1, -2],
      [-5, 2, 0, -1],
    ].map((row) => Float32Array.from(row));
    const traced = new ToPrompt(rows, 2);
    assert.deepEqual([...(await traced.shares()).values], [0.75, 0.25, 1, 0, 0, 1]);
    assert.deepEqual(traced.untraced(), [0, 0, 0]);
  });

  it('tells what is lost in a token without a positive score, and in those that come from it', async () => {
    const rows = [
      [-1, 0],
      [1, 0, 3],
      [0, 1, 2, 1],
    ].map((row) => Float32Array.from(row));
    const traced = new ToPrompt(rows, 2);
    assert.deepEqual([...(await traced.shares()).values], [0, 0, 0.25, 0, 0.0625, 0.25]);
    assert.deepEqual(traced.untraced(), [1, 0.75, 0.6875]);
    for (const [position, share] of traced.answer().entries())
      assert.ok(Math.abs(share - ([0.3125 / 3, 0.25 / 3][position] as number)) < double);
  });

  it('is nothing of an answer without tokens', async () => {
    const traced = new ToPrompt([], 3);
    assert.deepEqual((await traced.shares()).shape, [0, 3]);
    assert.deepEqual([traced.untraced(), traced.answer()], [[], [0, 0, 0]]);
  });
});

describe('the matrix of an answer', () => {
  it('has what each token comes from in its row, and nothing where nothing can be', () => {
    const rows = [
      [1, 2],
      [3, 4, 5],
    ].map((row) => Float32Array.from(row));
    const { shape, values } = answerMatrix(rows, 2);
    assert.deepEqual(shape, [2, 4]);
    assert.deepEqual([...values], [1, 2, 0, 0, 3, 4, 5, 0]);
  });
});
