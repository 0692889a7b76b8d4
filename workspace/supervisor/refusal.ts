import { z } from 'zod';

const Refusal = z.object({
  reason: z.string().optional(),
  detail: z.string().optional(),
  message: z.string().optional(),
  code: z.string().optional(),
});

/** The reason in the JSON that the gateway refuses with; a general sentence for anything else. */
export function parseRefusal(body: string): string {
  try {
    const { reason, detail, message, code } = Refusal.parse(JSON.parse(body));
    return reason ?? detail ?? message ?? code ?? 'refused by the gateway';
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return 'refused by the gateway';
    throw error;
  }
}

const ModelError = z.object({ error: z.object({ code: z.string().nullable() }) });

/** Codes that the gateway refuses a model call with; it answers 400, which an agent takes as final. */
const refusalCode = /^(workspace-|run-token|model-(call-)?not-allowed|budget)/;

/** Whether an error answer to a model call is a refusal by the gateway, not a failure of the model's server. */
export function isModelRefusal(status: number, body: string): boolean {
  if ([401, 402, 403].includes(status)) return true;
  try {
    return refusalCode.test(ModelError.parse(JSON.parse(body)).error.code ?? '');
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return false;
    throw error;
  }
}
