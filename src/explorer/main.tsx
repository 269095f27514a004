/** Starts the page. */
import { render } from 'preact';
import { App } from './app.tsx';
import { followModels } from './state/models.ts';
import { letGo } from './state/selection.ts';
import { followTheme } from './state/theme.ts';
import { followAddress, openAddress } from './state/workspace.ts';

followTheme();
render(<App />, document.getElementById('explorer') as HTMLElement);
addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') letGo();
});
followAddress();
void followModels();
await openAddress();
