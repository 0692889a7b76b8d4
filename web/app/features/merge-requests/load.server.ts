import { apiOf } from '~/lib/api.server.ts';
import { unwrap } from '~/lib/api.ts';
import { columns } from './board.ts';

/** Cards of a column; older ones are found by their request. */
const columnMax = 30;

/** The board: the newest of each column. */
export async function loadBoard(request: Request) {
  const api = apiOf(request);
  const [projects, ...board] = await Promise.all([
    api.GET('/api/projects', { params: { query: { limit: 200 } } }).then(unwrap),
    ...columns.map(async ({ state }) => {
      const page = unwrap(await api.GET('/api/merge-requests', { params: { query: { state, limit: columnMax } } }));
      return { state, items: page.items, more: page.nextCursor !== null };
    }),
  ]);
  return { board, projects: Object.fromEntries(projects.items.map(({ projectId, name }) => [projectId, name])) };
}
