import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readCsv } from '../../../test/support/csv.ts';
import { toCsv, unguarded } from './csv.ts';

describe('A table as CSV', () => {
  it('has a line for its columns and one for each row, each ended as RFC 4180 says', () => {
    const table = {
      name: 'scores',
      columns: ['token', 'score (logits)'],
      rows: [
        [' Mary', 17.412345],
        ['a "b", c', -1e-7],
        [null, 0],
      ],
    };
    assert.equal(toCsv(table), 'token,score (logits)\r\n" Mary",17.412345\r\n"a ""b"", c",-1e-7\r\n,0\r\n');
  });

  it('keeps spreadsheets from taking a prompt for a formula', () => {
    for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '=HYPERLINK("http://example.com")'])
      assert.match(toCsv({ name: '', columns: [text], rows: [] }), /^"?'/);
    assert.equal(toCsv({ name: '', columns: ["'s", 'a=b'], rows: [[-1.5, 2]] }), "'s,a=b\r\n-1.5,2\r\n");
  });

  it('is read back as it was written, whatever stands in it', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^['=+\-@\t\r\n",a ]*$/));
    fc.assert(
      fc.property(fc.array(fc.tuple(text, fc.double({ noNaN: true })), { minLength: 1 }), (rows) => {
        const [, ...read] = readCsv(toCsv({ name: '', columns: ['text', 'number'], rows }));
        assert.deepEqual(
          read.map(([text = '', number]) => [unguarded(text), Number(number)]),
          rows.map(([text, number]) => [text, number === 0 ? 0 : number]),
        );
      }),
    );
  });
});
