import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { continued, TracePlace } from './traceparent.ts';

const written = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('a traceparent', () => {
  it('is written as it was read', () => {
    for (const traceparent of [written, written.replace(/01$/, '00')])
      assert.equal(new TracePlace(continued(traceparent, ROOT_CONTEXT)).traceparent, traceparent);
  });

  it('of a later version is read as far as it is known', () => {
    const later = `${written.replace(/^00/, 'cc')}-what-comes-later`;
    assert.equal(new TracePlace(continued(later, ROOT_CONTEXT)).traceparent, written);
  });

  it('that is none is none', () => {
    const none = [undefined, '', 'nonsense', written.toUpperCase(), written.replace(/^00/, 'ff'), `${written}0`];
    const empty = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'].map((id) =>
      written.replace(id, '0'.repeat(id.length)),
    );
    for (const wrong of [...none, ...empty])
      assert.equal(new TracePlace(continued(wrong, ROOT_CONTEXT)).traceparent, undefined);
  });
});
