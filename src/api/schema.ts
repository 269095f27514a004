/** The executable schema, the same for HTTP and WebSocket. */
import './scalars.ts';
import './models/schema.ts';
import './models/changes.ts';
import './models/target-candidates.ts';
import './workers/schema.ts';
import './workers/changes.ts';
import './activations/schema.ts';
import './lens/schema.ts';
import './attribution/schema.ts';
import './attribution/subscriptions.ts';
import './circuits/schema.ts';
import './circulation/subscriptions.ts';
import './generation/groups.ts';
import './generation/subscriptions.ts';
import './cited-context/schema.ts';
import './runs/schema.ts';
import './runs/stored-events.ts';
import './runs/queries.ts';
import './runs/changes.ts';
import './runs/mutations.ts';
import './runs/labels.ts';
import './runs/sharing.ts';
import './runs/outcome.ts';
import './runs/subscriptions.ts';
import './experiments/schema.ts';
import './experiments/queries.ts';
import './experiments/mutations.ts';
import './estimates/query.ts';
import './storage/schema.ts';
import './me/schema.ts';
import './sweeps/queries.ts';
import './sweeps/run-slots.ts';
import './sweeps/mutations.ts';
import './sweeps/subscriptions.ts';
import './comparison/compare-runs.ts';
import './comparison/compare-groups.ts';
import './nodes.ts';
import { builder } from './builder.ts';
import { directives } from './directives.ts';

builder.queryType({ description: 'What can be asked.' });
builder.mutationType({ description: 'What can be started and stopped.' });
builder.subscriptionType({
  description: 'What can be followed live, over WebSocket (graphql-transport-ws) or server-sent events.',
});

export const schema = builder.toSchema({ directives });
