/** Parquet of the tokens of runs: the table of the CSV, in columns, compressed. */
import { ByteWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import packageJson from '../../../../package.json' with { type: 'json' };
import { storedRuns } from '../export.ts';
import { columns, readingOfRows, type TokenRow, tokenRows } from '../token-rows.ts';
import type { Format } from './format.ts';

/** Rows that are kept until they are written: packing so many takes the thread that serves everybody some milliseconds. */
const groupSize = 5000;

/** Gives away what was written so far; offsets go on counting. */
class Pieces extends ByteWriter {
  take(): Buffer {
    const piece = Buffer.from(this.getBytes());
    this.index = 0;
    return piece;
  }
}

export const parquet: Format = {
  ending: 'parquet',
  mediaType: 'application/vnd.apache.parquet',
  description: 'the same table for pandas and its like',
  async *write(store, filter, { textsOf, signal, onRun }) {
    const pieces = new Pieces();
    const schema = schemaFromColumnData({ columnData: columns.map((column) => ({ ...column, data: [] })) });
    const createdBy = `tributary version ${packageJson.version}`;
    const writer = new ParquetWriter({ writer: pieces, schema, createdBy });
    let rows: TokenRow[] = [];
    const write = () => {
      const columnData = columns.map(({ name }) => ({ name, data: rows.map((row) => row[name]) }));
      writer.write({ columnData, rowGroupSize: groupSize });
      rows = [];
      return pieces.take();
    };
    for await (const stored of storedRuns(store, filter, { ...readingOfRows, signal })) {
      for await (const row of tokenRows(stored, textsOf)) {
        rows.push(row);
        if (rows.length === groupSize) yield write();
      }
      onRun?.(stored);
    }
    if (rows.length > 0) yield write();
    writer.finish();
    yield pieces.take();
  },
};
