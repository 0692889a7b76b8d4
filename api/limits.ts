/** Every limit of the API in one place; bytes are UTF-8 bytes. */
export const limits = {
  promptBytes: 1024 * 1024,
  /** A prompt of control characters grows sixfold as JSON. */
  jsonBodyBytes: 8 * 1024 * 1024,
  /** Of a body that is read before anybody has signed in. */
  publicBodyBytes: 10_000,
  attachmentBytes: 10 * 1024 * 1024,
  attachmentsPerMessage: 10,
  attachmentNameLength: 200,
  titleLength: 80,
  commentLength: 10_000,
  pageSize: 50,
  pageSizeMax: 200,
  eventPageMax: 1000,
  requestsPerStream: 50,
  requestsPerRehydration: 1000,
  /** Of all answers to one question together: they travel inside a message to the workflow. */
  answerBytes: 100_000,
  remarksPerMessage: 100,
  lineMax: 10_000_000,
  pathLength: 4096,
  searchLength: 200,
  /** Lists that are not paged: people, and each list of the overview. */
  peopleMax: 1000,
  overviewListMax: 100,
  overviewDaysMax: 365,
  templateNameLength: 100,
  templateBodyLength: 100_000,
  /** Of a project's secret. A shorter one could not be masked without garbling ordinary text. */
  secretBytesMin: 6,
  /** What is looked for in each line of a check and in each commit costs time by its length. */
  secretBytesMax: 16 * 1024,
  /** Paths that one completion answers. */
  filesMax: 200,
  blobBytes: 5 * 1024 * 1024,
  idempotencyKeyLength: 200,
} as const;

/** How long the API waits, in milliseconds, before it answers with what it has. */
export const waits = {
  /** For the workflow to take an inbound row; then 202 `accepted`. */
  deliveryMs: 2_000,
  /** For `message.steered` or `message.queued` after a chat. */
  dispositionMs: 2_000,
  /** For the workflow's status Query; then the projection. */
  statusQueryMs: 500,
  /** For Temporal to start a request again. */
  restartMs: 10_000,
  /** For the gateway to look at a repository. */
  inspectMs: 30_000,
} as const;
