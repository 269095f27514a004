import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Aggregates, audits, byStatus, runs, scoresByMethod } from './aggregates.ts';

describe('What runs come to', () => {
  it('is how many there are, by status', () => {
    assert.deepEqual([runs(1), runs(12_000)], ['1 run', '12,000 runs']);
    const statuses: Aggregates['byStatus'] = [
      { status: 'RUNNING', count: 0 },
      { status: 'COMPLETED', count: 1998 },
      { status: 'FAILED', count: 2 },
    ];
    assert.equal(byStatus({ byStatus: statuses }), '1,998 completed, 2 failed');
  });

  it('is the mean score by method, of runs without one by their kind', () => {
    const byMethod: Aggregates['byMethod'] = [
      { kind: 'LOGIT_ATTRIBUTION', method: 'FROZEN', count: 60, meanScore: 14.23, audited: 60, auditsPassed: 1 },
      { kind: 'GENERATION', method: 'FROZEN', count: 1, meanScore: null, audited: 0, auditsPassed: null },
      { kind: 'CIRCULATION', method: null, count: 3, meanScore: -0.5, audited: 3, auditsPassed: 0.5 },
    ];
    assert.deepEqual(scoresByMethod({ byMethod }), [
      { name: 'Frozen', score: '+14.2', of: '60 runs, all audits passed' },
      { name: 'Frozen answer', score: '–', of: '1 run' },
      { name: 'Circulation', score: '−0.5', of: '3 runs, 50 % of audits passed' },
    ]);
  });

  it('is the share of audits that passed', () => {
    assert.equal(audits({ audited: 0, auditsPassed: null }), '–');
    assert.equal(audits({ audited: 998, auditsPassed: 1 }), 'all of 998');
    assert.equal(audits({ audited: 120, auditsPassed: 0.5 }), '50 % of 120');
  });
});
