import { isSampleProject } from '../../../../api/client/sample.ts';
import { apiOf } from '~/lib/api.server.ts';
import { type ApiClient, type Schemas, unwrap } from '~/lib/api.ts';
import { chooseRequest } from './steps.ts';

/** Of the sample's request what the welcome page tells. */
export type TourRequest = Pick<
  Schemas['RequestDetail'],
  | 'requestId'
  | 'title'
  | 'stage'
  | 'outcome'
  | 'awaiting'
  | 'gate'
  | 'mergeRequest'
  | 'checkpoint'
  | 'stageSinceMs'
  | 'requester'
  | 'review'
> & { status: Pick<NonNullable<Schemas['RequestDetail']['status']>, 'resumeStage'> | null };

/** What the welcome page shows: the newest sample, how far its request has come, and whether a project of one's own is there. */
export async function loadWelcome(request: Request) {
  const api = apiOf(request);
  const [projects, options] = await Promise.all([
    api.GET('/api/projects', { params: { query: { limit: 200 } } }).then(unwrap),
    api.GET('/api/options').then(unwrap),
  ]);
  const samples = projects.items.filter(isSampleProject).toSorted((one, other) => other.createdAtMs - one.createdAtMs);
  const sample = samples[0] ?? null;
  return {
    sample: sample && { projectId: sample.projectId, name: sample.name },
    request: sample && (await tourRequest(api, sample.projectId)),
    own: projects.items.filter((project) => !isSampleProject(project)).map(({ projectId, name }) => ({ projectId, name })),
    demoModel: options.demoModel,
  };
}

async function tourRequest(api: ApiClient, project: string): Promise<TourRequest | null> {
  const page = unwrap(await api.GET('/api/requests', { params: { query: { project, limit: 50 } } }));
  const chosen = chooseRequest(page.items);
  if (chosen === null) return null;
  const detail = unwrap(await api.GET('/api/requests/{requestId}', { params: { path: { requestId: chosen.requestId } } }));
  const { requestId, title, stage, outcome, awaiting, gate, mergeRequest, checkpoint, stageSinceMs, requester, review } = detail;
  const status = detail.status && { resumeStage: detail.status.resumeStage };
  return { requestId, title, stage, outcome, awaiting, gate, mergeRequest, checkpoint, stageSinceMs, requester, review, status };
}
