import { z } from 'zod';
import { limits } from '../limits.ts';
import { ActivityListQuery, ActivityPage, Me, Options, People, SessionCreate, SessionEnd, SignInQuery } from '../schemas/others.ts';
import { Overview, OverviewQuery } from '../schemas/overview.ts';
import { defineOperation } from './operation.ts';

const tag = 'People';

export const listActivity = defineOperation({
  id: 'listActivity',
  method: 'get',
  path: '/api/activity',
  tag: 'Activity',
  summary: 'Who did what, newest first.',
  query: ActivityListQuery,
  response: ActivityPage,
});

export const getOverview = defineOperation({
  id: 'getOverview',
  method: 'get',
  path: '/api/overview',
  tag: 'Activity',
  summary: 'What waits for the caller, what runs, and what came of the last days.',
  query: OverviewQuery,
  response: Overview,
});

export const getMe = defineOperation({
  id: 'getMe',
  method: 'get',
  path: '/api/me',
  tag,
  summary: 'Who the caller is.',
  response: Me,
});

export const listPeople = defineOperation({
  id: 'listPeople',
  method: 'get',
  path: '/api/people',
  tag,
  summary: 'Everyone of the tenant, by name.',
  response: People,
});

export const getOptions = defineOperation({
  id: 'getOptions',
  method: 'get',
  path: '/api/options',
  tag: 'Projects',
  summary: 'What submits and projects may choose from.',
  response: Options,
});

export const signIn = defineOperation({
  id: 'signIn',
  method: 'get',
  path: '/sign-in',
  tag,
  summary: 'Signs a browser in with the start-up token and goes on to `next`.',
  query: SignInQuery,
  produces: 'text/html',
  response: z.string(),
  statuses: { 303: 'Signed in.' },
});

export const createSession = defineOperation({
  id: 'createSession',
  method: 'post',
  path: '/api/session',
  tag,
  summary: 'Signs a browser in with the start-up token: sets its session cookie.',
  body: SessionCreate,
  bodyBytes: limits.publicBodyBytes,
  response: Me,
  problems: [401, 403, 413, 415, 422],
});

export const endSession = defineOperation({
  id: 'endSession',
  method: 'delete',
  path: '/api/session',
  tag,
  summary: 'Signs the browser out: its session ends, wherever its cookie was kept.',
  response: SessionEnd,
  problems: [403],
});
