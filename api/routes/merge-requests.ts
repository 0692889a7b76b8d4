import type { Router } from 'express';
import { listMergeRequests, listNotes, viewMergeRequest } from '../../db/merge-requests.ts';
import { listReviews } from '../../db/reviews.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { mount } from '../mount.ts';
import * as operations from '../operations/others.ts';
import { notFound } from '../problem.ts';
import { showMergeRequest, showReview } from '../views.ts';

/** Merge requests with their notes and findings. */
export function mergeRequestRoutes(router: Router, { database }: ApiDependencies): void {
  mount(router, operations.listMergeRequests, async ({ query, principal }) => {
    const page = await database.withTenant(principal.tenantId, (tx) => listMergeRequests(tx, query));
    return { status: 200, body: { ...page, items: page.items.map(showMergeRequest) } };
  });

  mount(router, operations.getMergeRequest, async ({ params, principal }) => {
    return database.withTenant(principal.tenantId, async (tx) => {
      const row = await viewMergeRequest(tx, params.mergeRequestId);
      if (!row) throw notFound('merge request', params.mergeRequestId);
      const notes = await listNotes(tx, row.mergeRequestId);
      const reviews = await listReviews(tx, row.requestId);
      const review = reviews.find(({ commit }) => commit === row.ref.commit) ?? reviews[0];
      const shown = notes.map(({ noteId, author, path, line, body, createdAt }) => {
        return { noteId, author, path, line, body, createdAtMs: createdAt.getTime() };
      });
      return { status: 200, body: { ...showMergeRequest(row), notes: shown, review: review ? showReview(review) : null } };
    });
  });
}
