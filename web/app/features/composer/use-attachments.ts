import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, uploadAttachment } from '../../../../api/client/index.ts';
import { randomId } from '~/lib/random-id.ts';
import { type AttachmentChange, type DraftAttachment, nameFor, refusalOf } from './attachments.ts';

export interface AttachmentHandle {
  add: (files: readonly File[]) => void;
  remove: (localId: string) => void;
  /** Uploads a file again whose upload failed. */
  retry: (localId: string) => void;
  /** Why files of the last choice were not taken. */
  refusals: string[];
}

/** Uploads what a person attaches as soon as they do; `change` tells what became of it. */
export function useAttachments(attachments: readonly DraftAttachment[], change: (change: AttachmentChange) => void): AttachmentHandle {
  const held = useRef(attachments);
  const uploads = useRef(new Map<string, { file: File; stop: AbortController }>());
  const [refusals, setRefusals] = useState<string[]>([]);
  useEffect(() => {
    held.current = attachments;
  }, [attachments]);

  const upload = useCallback(
    (localId: string, name: string, file: File) => {
      const stop = new AbortController();
      uploads.current.set(localId, { file, stop });
      void store(name, file, stop.signal).then((stored) => {
        if (stop.signal.aborted) return;
        change(stored.ok ? { type: 'stored', localId, ref: stored.ref } : { type: 'failed', localId, reason: stored.reason });
      });
    },
    [change],
  );

  const add = useCallback(
    (files: readonly File[]) => {
      const refused: string[] = [];
      for (const file of files) {
        const refusal = refusalOf(file, held.current);
        if (refusal !== null) {
          refused.push(refusal);
          continue;
        }
        const localId = randomId();
        const name = nameFor(file, held.current);
        const attachment: DraftAttachment = { localId, state: 'uploading', name, mediaType: mediaTypeOf(file), sizeBytes: file.size };
        held.current = [...held.current, attachment];
        change({ type: 'added', attachment });
        upload(localId, name, file);
      }
      setRefusals(refused);
    },
    [change, upload],
  );

  const remove = useCallback(
    (localId: string) => {
      uploads.current.get(localId)?.stop.abort();
      uploads.current.delete(localId);
      change({ type: 'removed', localId });
      setRefusals([]);
    },
    [change],
  );

  const retry = useCallback(
    (localId: string) => {
      const attachment = held.current.find((each) => each.localId === localId);
      const file = uploads.current.get(localId)?.file;
      if (!attachment || !file) return;
      const { name, mediaType, sizeBytes } = attachment;
      change({
        type: 'replaced',
        attachments: held.current.map((each) => (each === attachment ? { localId, state: 'uploading', name, mediaType, sizeBytes } : each)),
      });
      upload(localId, name, file);
    },
    [change, upload],
  );

  return { add, remove, retry, refusals };
}

function mediaTypeOf(file: File): string {
  const type = file.type.split(';')[0]?.trim().toLowerCase() ?? '';
  return /^[a-z0-9][a-z0-9!#$&^_.+-]{0,99}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,99}$/.test(type) ? type : 'application/octet-stream';
}

type Stored = { ok: true; ref: Awaited<ReturnType<typeof uploadAttachment>> } | { ok: false; reason: string };

async function store(name: string, file: File, signal: AbortSignal): Promise<Stored> {
  const options = { baseUrl: window.location.origin, fetch: (request: Request) => fetch(request, { signal }) };
  try {
    return { ok: true, ref: await uploadAttachment(options, { name, mediaType: mediaTypeOf(file), bytes: file }) };
  } catch (error) {
    if (error instanceof ApiError) {
      return { ok: false, reason: error.status === 401 ? 'Your session has ended: sign in again and retry.' : error.message };
    }
    return { ok: false, reason: 'AstraForge cannot be reached; try again.' };
  }
}
