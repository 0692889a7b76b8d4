import { defineSearchAttributeKey } from '@temporalio/common';

/** Search attributes that operators filter by in Temporal Web. Never hold secrets. */
export const searchAttributes = {
  tenant: defineSearchAttributeKey('AstraForgeTenant', 'KEYWORD'),
  project: defineSearchAttributeKey('AstraForgeProject', 'KEYWORD'),
  stage: defineSearchAttributeKey('AstraForgeStage', 'KEYWORD'),
  awaiting: defineSearchAttributeKey('AstraForgeAwaiting', 'KEYWORD'),
  requester: defineSearchAttributeKey('AstraForgeRequester', 'KEYWORD'),
  forge: defineSearchAttributeKey('AstraForgeForge', 'KEYWORD'),
} as const;
