import assert from 'node:assert/strict';
import { it } from 'node:test';
import { originFault } from './web-origin.ts';

it('an origin is what a browser sends: a scheme, a host and a port that is not the usual one', () => {
  for (const origin of [
    'https://lab.example',
    'http://localhost:5173',
    'http://[::1]:3000',
    'null',
    'chrome-extension://abcdefghijklmnop',
  ])
    assert.equal(originFault(origin), undefined, origin);
});

for (const [text, right] of [
  ['lab.example', 'https://lab.example'],
  ['localhost:5173', 'https://localhost:5173'],
  ['https://lab.example/', 'https://lab.example'],
  ['https://lab.example/app', 'https://lab.example'],
  ['https://lab.example?', 'https://lab.example'],
  ['https://Lab.example', 'https://lab.example'],
  ['https://lab.example:443', 'https://lab.example'],
  ['http://user@lab.example', 'http://lab.example'],
  ['https://münchen.example', 'https://xn--mnchen-3ya.example'],
  ['chrome-extension://abc/', 'chrome-extension://abc'],
  ['https://*.lab.example', 'https://lab.example'],
  ['https://', 'https://lab.example'],
  ['a b', 'https://lab.example'],
] as const)
  it(`what no browser sends is told what would be right: ${text}`, () => {
    const fault = originFault(text);
    assert.ok(fault?.includes(JSON.stringify(text)) && fault.endsWith(`, ${right} would be one`), fault);
  });
