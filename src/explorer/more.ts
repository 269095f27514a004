/** What the first screen does not draw, in a script of its own: other views, lists, tests, and what is taken along. */
export { Menu } from './takeaway/open-menu.tsx';
export { AnswerView } from './views/answer/answer.tsx';

export { AnswerOptions } from './views/answer/options.tsx';
export { ComparisonView } from './views/comparison/comparison.tsx';
export { comparisonTakeaway } from './views/comparison/takeaway.ts';
export { flowTakeaway } from './views/flow/takeaway.ts';
export { HeadsView } from './views/heads/heads.tsx';
export { KeyDialog, SignOut } from './views/key/key-dialog.tsx';
export { lensTakeaway } from './views/lens/takeaway.ts';
export { NeuronsView } from './views/neurons/neurons.tsx';
export { PathsView } from './views/paths/paths.tsx';
export { Messages } from './views/prompt/messages.tsx';
export { MethodOptions } from './views/prompt/method-options.tsx';
export { OverBudget } from './views/prompt/over-budget.tsx';
export { ResidualView } from './views/residual/residual.tsx';
export { RunList } from './views/run-list/run-list.tsx';
export { Bars } from './views/tokens/bars.tsx';
export { FaithfulnessPart } from './views/tokens/faithfulness.tsx';
export { tokensTakeaway } from './views/tokens/takeaway.ts';
export { WorkerList } from './views/workers/worker-list.tsx';
