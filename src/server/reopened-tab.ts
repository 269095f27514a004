/**
 * Runs in the page, before GraphiQL does. That keeps its tabs in the browser, but opens the one whose query was edited
 * last, or came with the address; where none was, it opens an empty one. So the tab that was open is made that one.
 */
export const reopenTab = `
  try {
    const { tabs, activeTabIndex } = JSON.parse(localStorage.getItem('graphiql:tabState'));
    const tab = tabs[activeTabIndex];
    const asked = new URLSearchParams(location.search).get('query');
    if (asked === null || asked === tab.query) {
      for (const field of ['query', 'variables', 'headers']) {
        if (tab[field]) localStorage.setItem('graphiql:' + field, tab[field]);
        else localStorage.removeItem('graphiql:' + field);
      }
    }
  } catch {
    // The first visit, or a browser that keeps nothing.
  }
`;
