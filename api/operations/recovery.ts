import { RehydrateCreate, RehydrateResult } from '../schemas/recovery.ts';
import { defineOperation } from './operation.ts';

export const rehydrateRequests = defineOperation({
  id: 'rehydrateRequests',
  method: 'post',
  path: '/api/rehydrate',
  tag: 'Operations',
  summary: 'Starts open requests again whose workflow is lost, from what the database kept of them.',
  body: RehydrateCreate,
  response: RehydrateResult,
  problems: [404],
});
