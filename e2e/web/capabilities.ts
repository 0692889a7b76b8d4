/** Where people reach an operation of the API in the pages. Files are named from `web/app`. */
export interface Place {
  /** The route's module. */
  page: string;
  /** What people see and use there: a file that the page is made of, and words in it. */
  control: readonly [file: string, words: string];
  /** The file that calls the operation. */
  calledBy: string;
  /** What the call looks like where it is not the typed client's method with the operation's path: files, streams, links. */
  call?: string;
  /** The route whose action makes the call, when it is not the page's own. */
  actionOf?: string;
}

const request = 'routes/_app.requests.$requestId.tsx';
const changes = 'routes/_app.requests.$requestId.changes.tsx';
const settings = 'routes/_app.settings.tsx';
const composer = 'routes/_app.requests.new.tsx';
const log = 'routes/_app.requests.$requestId._index.tsx';

/** Each operation that people use, by its id, with its place in the pages. */
export const places: Readonly<Record<string, Place>> = {
  // Who is here
  createSession: { page: 'routes/sign-in.tsx', control: ['routes/sign-in.tsx', 'Sign in'], calledBy: 'features/shell/session.server.ts' },
  endSession: {
    page: 'routes/_app.tsx',
    control: ['features/shell/person-menu.tsx', 'Sign out'],
    calledBy: 'features/shell/session.server.ts',
    actionOf: 'routes/sign-out.tsx',
  },
  getMe: { page: 'routes/_app.tsx', control: ['features/shell/person-menu.tsx', 'person.name'], calledBy: 'routes/_app.tsx' },
  listPeople: { page: settings, control: ['features/settings/settings-page.tsx', 'title="People"'], calledBy: settings },
  getHealth: {
    page: 'routes/sign-in.tsx',
    control: ['features/shell/installation-warning.tsx', 'Warning about this installation'],
    calledBy: 'features/shell/session.server.ts',
  },
  getDocs: {
    page: settings,
    control: ['features/settings/settings-page.tsx', 'API documentation'],
    calledBy: 'features/settings/settings-page.tsx',
    call: 'href="/api/docs"',
  },

  // What goes on
  getOverview: {
    page: 'routes/_app._index.tsx',
    control: ['features/overview/overview-page.tsx', 'Waits for you'],
    calledBy: 'features/overview/load.server.ts',
  },
  listActivity: {
    page: 'routes/_app.activity.tsx',
    control: ['features/activity/activity-page.tsx', 'title="Activity"'],
    calledBy: 'features/activity/load.server.ts',
  },
  listRequests: {
    page: 'routes/_app.requests._index.tsx',
    control: ['features/requests/filter-bar.tsx', 'Filter requests'],
    calledBy: 'routes/_app.requests._index.tsx',
  },
  listRuns: {
    page: 'routes/_app.runs.tsx',
    control: ['features/runs/runs-page.tsx', 'title="Runs"'],
    calledBy: 'features/runs/load.server.ts',
  },
  listMergeRequests: {
    page: 'routes/_app.merge-requests.tsx',
    control: ['features/merge-requests/merge-requests-page.tsx', 'Preview the diff of'],
    calledBy: 'features/merge-requests/load.server.ts',
  },
  getMergeRequest: {
    page: 'routes/_app.requests.$requestId.merge-request.tsx',
    control: ['features/merge-request/merge-request-tab.tsx', 'Merge…'],
    calledBy: 'routes/_app.requests.$requestId.merge-request.tsx',
  },
  streamManyRequests: {
    page: 'routes/_app.tsx',
    control: ['features/shell/connection-banner.tsx', 'The connection is lost'],
    calledBy: 'lib/live/connect.ts',
    call: '`/api/stream?',
  },

  // Projects
  listProjects: {
    page: 'routes/_app.projects._index.tsx',
    control: ['features/projects/projects-page.tsx', 'title="Projects"'],
    calledBy: 'routes/_app.projects._index.tsx',
  },
  createProject: {
    page: 'routes/_app.projects.new.tsx',
    control: ['features/projects/new-project-page.tsx', 'Add project'],
    calledBy: 'routes/_app.projects.new.tsx',
  },
  getProject: {
    page: 'routes/_app.projects.$projectId.tsx',
    control: ['features/projects/settings-sections.tsx', 'Setup command'],
    calledBy: 'routes/_app.projects.$projectId.tsx',
  },
  patchProject: {
    page: 'routes/_app.projects.$projectId.tsx',
    control: ['features/projects/settings-editor.tsx', 'Unsaved changes'],
    calledBy: 'features/projects/save.server.ts',
  },
  listProjectSecrets: {
    page: 'routes/_app.projects.$projectId.tsx',
    control: ['features/projects/project-secrets.tsx', 'title="Secrets"'],
    calledBy: 'routes/_app.projects.$projectId.tsx',
  },
  putProjectSecret: {
    page: 'routes/_app.projects.$projectId.tsx',
    control: ['features/projects/secret-dialog.tsx', 'Add a secret'],
    calledBy: 'features/projects/secrets-action.server.ts',
  },
  deleteProjectSecret: {
    page: 'routes/_app.projects.$projectId.tsx',
    control: ['features/projects/project-secrets.tsx', 'aria-label={`Remove '],
    calledBy: 'features/projects/secrets-action.server.ts',
  },
  testProject: {
    page: 'routes/_app.projects.$projectId.tsx',
    control: ['features/projects/connection-test.tsx', 'Test the connection'],
    calledBy: 'features/projects/save.server.ts',
  },
  listProjectFiles: {
    page: composer,
    control: ['features/composer/prompt-editor.tsx', 'FileSuggestions'],
    calledBy: 'features/composer/use-file-suggestions.ts',
  },
  listPromptTemplates: { page: settings, control: ['features/settings/settings-page.tsx', 'Prompt templates'], calledBy: settings },
  createPromptTemplate: {
    page: settings,
    control: ['features/settings/templates.tsx', 'Add a template'],
    calledBy: 'features/settings/templates-action.server.ts',
  },
  patchPromptTemplate: {
    page: settings,
    control: ['features/settings/templates.tsx', 'aria-label={`Edit '],
    calledBy: 'features/settings/templates-action.server.ts',
  },
  deletePromptTemplate: {
    page: settings,
    control: ['features/settings/templates.tsx', 'aria-label={`Delete '],
    calledBy: 'features/settings/templates-action.server.ts',
  },

  // A request
  getOptions: { page: composer, control: ['features/composer/composer-options.tsx', 'label="Model"'], calledBy: composer },
  submitRequest: {
    page: composer,
    control: ['features/composer/composer.tsx', 'Submit request'],
    calledBy: 'features/composer/composer.tsx',
  },
  uploadAttachment: {
    page: composer,
    control: ['features/composer/prompt-editor.tsx', 'Files to attach'],
    calledBy: 'features/composer/use-attachments.ts',
    call: 'uploadAttachment(',
  },
  getAttachment: {
    page: request,
    control: ['features/conversation/message-item.tsx', 'attachmentUrl(artifactId)'],
    calledBy: 'features/composer/attachment-list.tsx',
    call: '`/api/attachments/',
  },
  getRequest: {
    page: request,
    control: ['features/requests/request-tabs.tsx', 'Parts of this request'],
    calledBy: 'features/requests/load-detail.ts',
  },
  postMessage: {
    page: request,
    control: ['features/conversation/chat-box.tsx', 'Message to the agent'],
    calledBy: 'features/conversation/chat-box.tsx',
  },
  withdrawMessage: {
    page: request,
    control: ['features/conversation/withdraw-button.tsx', 'Withdraw'],
    calledBy: 'features/conversation/withdraw-button.tsx',
  },
  postAnswer: {
    page: request,
    control: ['features/conversation/question-item.tsx', 'Answer'],
    calledBy: 'features/conversation/question-item.tsx',
  },
  cancelRequest: {
    page: request,
    control: ['features/requests/cancel-dialog.tsx', 'Cancel request'],
    calledBy: 'features/requests/act.ts',
  },
  retryRequest: { page: request, control: ['features/conversation/next-actions.ts', 'Try again'], calledBy: 'features/requests/act.ts' },
  listRequestEvents: {
    page: log,
    control: ['features/log/view/log-toolbar.tsx', 'Search the log'],
    calledBy: 'features/log/feed/browser-feed.ts',
  },
  listRunEvents: { page: log, control: ['features/log/run-rail.tsx', 'aria-label="Runs"'], calledBy: 'features/log/feed/browser-feed.ts' },
  getRunDiff: {
    page: changes,
    control: ['features/changes/view/file-tree.tsx', 'Search in file names'],
    calledBy: 'features/changes/view/source.ts',
  },
  getRunBlob: {
    page: changes,
    control: ['features/changes/view/gap-row.tsx', 'more lines below'],
    calledBy: 'features/changes/view/source.ts',
  },
  postDecision: {
    page: changes,
    control: ['features/changes/view/decision-bar.tsx', 'Approve…'],
    calledBy: 'features/changes/view/decide-dialog.tsx',
  },
  mergeRequest: {
    page: 'routes/_app.requests.$requestId.merge-request.tsx',
    control: ['features/merge-request/merge-request-tab.tsx', 'Merge…'],
    calledBy: 'features/requests/act.ts',
  },
};

/** Operations that people have no use for, each with the reason. */
export const forMachines: Readonly<Record<string, string>> = {
  signIn: 'the printed link leads a browser through it; by hand the sign-in page takes the token',
  getReadiness: 'load balancers ask it',
  getOpenApi: 'programs read it; people read the documentation made of it',
  getDocsAsset: 'files of the documentation page',
  postChat: 'one call for chat integrations; people write in the conversation',
  getRun: 'the request that people read has all of its runs',
  streamRequestEvents: 'for programs that follow one request; a browser has one stream for all',
  streamRunEvents: 'for programs that follow one run; a browser has one stream for all',
  rehydrateRequests: 'an operator restores a lost Temporal by the command line while nobody works',
};
