/** Models in memory, and the processes that have them, as they are when somebody asks. */
import { basename } from 'node:path';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Engine, Holdings } from '../../jobs/engine.ts';

const nothing: Holdings = { processes: { started: 0, ended: 0, faulted: 0 }, models: [] };

export function modelMetrics(registry: Registry, engine: Pick<Engine, 'holdings'>): void {
  const registers = [registry];
  const held = () => engine.holdings?.() ?? nothing;
  new Gauge({
    name: 'tributary_model_memory_bytes',
    help: 'Memory that a model takes: its weights, and what its running jobs keep beside them.',
    labelNames: ['model'],
    registers,
    collect() {
      this.reset();
      for (const { folder, bytes } of held().models) this.inc({ model: basename(folder) }, bytes);
    },
  });
  new Gauge({
    name: 'tributary_models_loaded',
    help: 'Models that are in memory.',
    registers,
    collect() {
      this.set(new Set(held().models.flatMap(({ folder, loaded }) => (loaded ? folder : []))).size);
    },
  });
  new Counter({
    name: 'tributary_model_processes_total',
    help: 'Processes of models since the start: started, ended, and of these faulted, which ended by themselves.',
    labelNames: ['event'],
    registers,
    collect() {
      this.reset();
      for (const [event, count] of Object.entries(held().processes)) this.inc({ event }, count);
    },
  });
}
