/** Starts the page. */
import { render } from 'preact';
import { App } from './app.tsx';
import { keepFocus } from './parts/keep-focus.ts';
import { laterBy } from './parts/later.tsx';
import { followModels } from './state/models.ts';
import { letGo } from './state/selection.ts';
import { followTheme } from './state/theme.ts';
import { followAddress, openAddress } from './state/workspace.ts';

laterBy(() => import('./more.ts'));
followTheme();
keepFocus();
render(<App />, document.getElementById('explorer') as HTMLElement);
addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') letGo();
});
followAddress();
void followModels();
await openAddress();
