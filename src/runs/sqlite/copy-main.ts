/** Copies a database by SQLite itself, in a process that can be ended in the midst of it: `copyDatabase` starts it. */
import { DatabaseSync } from 'node:sqlite';

const [from = '', to = ''] = process.argv.slice(2);
/** Milliseconds. */
const patience = 30_000;

using source = new DatabaseSync(from, { readOnly: true, timeout: patience });
source.prepare('VACUUM INTO ?').run(to);
using copy = new DatabaseSync(to, { readOnly: true });
const count = (database: DatabaseSync) => database.prepare('PRAGMA integrity_check').all();
const [verdict] = count(copy);
if (verdict?.integrity_check !== 'ok') throw new Error(`The copy is damaged: ${verdict?.integrity_check}`);
if (copy.prepare('PRAGMA foreign_key_check').all().length > 0) throw new Error('The copy has rows without their runs');
