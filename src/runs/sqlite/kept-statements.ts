/**
 * libsql never gives back what a statement that returns no rows was prepared into, 40 kB for each transaction of a run,
 * and its client prepares every statement anew. So each text is prepared once for a connection.
 */
import Database from 'libsql';

type Statement = ReturnType<Database.Database['prepare']>;

/** Texts of a connection; far more than the server has. */
const mostKept = 500;

const kept = new WeakMap<object, Map<string, Statement>>();
const { prepare } = Database.prototype;

/** For all connections of the process. */
export function keepStatements(): void {
  Database.prototype.prepare = function (this: Database.Database, text: string) {
    const statements = kept.get(this) ?? new Map<string, Statement>();
    kept.set(this, statements);
    const statement = statements.get(text) ?? prepare.call(this, text);
    // The latest used last.
    statements.delete(text);
    statements.set(text, statement);
    for (const oldest of statements.keys()) {
      if (statements.size <= mostKept) break;
      statements.delete(oldest);
    }
    return statement;
  } as typeof prepare;
}
