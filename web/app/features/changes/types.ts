import type { Schemas } from '../../../../api/client/index.ts';

export type DiffFile = Schemas['DiffFile'];
export type Diff = Schemas['Diff'];
export type RequestDetail = Schemas['RequestDetail'];
export type Message = Schemas['Message'];
export type Gate = Schemas['Gate'];
export type Run = Schemas['Run'];
export type Role = Schemas['Role'];

/** The side of a diff that a line belongs to. */
export type Side = 'old' | 'new';
