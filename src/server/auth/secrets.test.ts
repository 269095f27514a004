import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { newApiKey } from '../../runs/api-key.ts';
import { logOptions } from './secrets.ts';

describe('the log', () => {
  it('has no key and no token, wherever they stand', () => {
    const lines: string[] = [];
    const log = pino({ level: 'trace', ...logOptions }, { write: (line: string) => void lines.push(line) });
    const { id, text } = newApiKey();
    const token = `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.${'c'.repeat(40)}`;
    for (const secret of [text, token]) {
      const authorization = `Bearer ${secret}`;
      log.info({ req: { headers: { authorization } } }, 'a request');
      log.warn({ headers: { authorization: 'Bearer hidden-elsewhere' } }, secret);
      log.error({ err: new Error(`${authorization} is wrong`, { cause: new Error(secret) }) }, 'a fault');
      log.trace({ url: `/graphql?key=${secret}`, list: [secret] });
    }
    const written = lines.join('');
    for (const secret of [text.slice(-43), token.slice(-40), 'b'.repeat(20), 'hidden-elsewhere'])
      assert.ok(!written.includes(secret), written);
    assert.ok(written.includes(id), 'which key it was, is no secret');
    for (const line of lines) JSON.parse(line);
  });
});
