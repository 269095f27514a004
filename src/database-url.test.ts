import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPostgresql, withoutPassword } from './database-url.ts';

describe('the address of a database', () => {
  it('names its provider', () => {
    for (const url of ['postgres://u:p@h/d', 'postgresql://h/d']) assert.ok(isPostgresql(url), url);
    for (const url of ['file:./postgres://x', 'file:postgres.db']) assert.ok(!isPostgresql(url), url);
  });

  it('is told without its password, however that is written', () => {
    assert.equal(
      withoutPassword('postgres://user:secret@host:5432/name?sslmode=require'),
      'postgres://user@host:5432/name',
    );
    assert.equal(withoutPassword('postgresql://host/name?user=a&password=secret'), 'postgresql://host/name');
    assert.equal(withoutPassword('file:./data/tributary.db'), 'file:./data/tributary.db');
    for (const password of [
      'secret',
      'sec%2Fret',
      '1/secret',
      'a#secret',
      'a?secret',
      'a@secret',
      '/secret',
      ' secret',
    ])
      for (const scheme of ['postgres', 'postgresql', 'mysql']) {
        const told = withoutPassword(`${scheme}://user:${password}@host/name`);
        assert.doesNotMatch(told, /sec/, told);
        assert.ok(told.startsWith(`${scheme}://`));
      }
  });
});
