import assert from 'node:assert/strict';

/** A figure that a method may lack, where it must not. */
export function there<Value>(value: Value | null | undefined): Value {
  assert.ok(value !== null && value !== undefined, 'it is not there');
  return value;
}
