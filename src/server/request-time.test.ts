import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { inTime } from './request-time.ts';

const requestTime = 30_000;

describe('a request', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());

  function begun(complete: boolean) {
    const response = new EventEmitter();
    const request = { complete, destroy: mock.fn() };
    inTime(() => undefined, requestTime)(
      request as unknown as IncomingMessage,
      response as unknown as ServerResponse & { req: IncomingMessage },
    );
    return { request, response };
  }

  it('that is not there in time has its connection closed', () => {
    const { request } = begun(false);
    mock.timers.tick(requestTime - 1);
    assert.equal(request.destroy.mock.callCount(), 0);
    mock.timers.tick(1);
    assert.equal(request.destroy.mock.callCount(), 1);
  });

  it('that is there may be answered for as long as it takes', () => {
    const { request } = begun(true);
    mock.timers.tick(10 * requestTime);
    assert.equal(request.destroy.mock.callCount(), 0);
  });

  it('that was answered before is left alone', () => {
    const { request, response } = begun(false);
    response.emit('close');
    mock.timers.tick(requestTime);
    assert.equal(request.destroy.mock.callCount(), 0);
  });
});
