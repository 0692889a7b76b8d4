import { z } from 'zod';
import { doorPort } from '../workflows/contracts/workspace.ts';
import { ImageReference } from './image-reference.ts';

const variableName = /^[A-Za-z_][A-Za-z0-9_]{0,99}$/;
const variableValue = z
  .string()
  .max(4_000)
  .refine((value) => !value.includes('\0'), 'holds a zero byte');

const Service = z.strictObject({
  /** What it is called in the log and in errors. */
  name: z
    .string()
    .max(40)
    .regex(/^[a-z][a-z0-9-]*$/, 'a name holds small letters, digits and dashes, and begins with a letter'),
  image: ImageReference,
  /** Where it answers, on the loopback of the workspace; it counts as ready once it does. */
  port: z
    .number()
    .int()
    .min(1)
    .max(65_535)
    .refine((port) => port !== doorPort, `port ${doorPort} is the gateway's in every workspace`),
  /** No secrets: whoever sees the project sees them. */
  env: z
    .record(z.string(), variableValue)
    .superRefine((env, context) => {
      const names = Object.keys(env);
      for (const name of names.filter((key) => !variableName.test(key)))
        context.addIssue({ code: 'custom', path: [name], message: 'not the name of a variable' });
      if (names.length > 50) context.addIssue({ code: 'custom', message: 'more than 50 variables' });
    })
    .default({}),
});

/** Programs that a project's tests need beside the workspace (a database, a cache): each has a name and a port of its own. */
export const ProjectServices = z
  .array(Service)
  .max(10)
  .superRefine((services, context) => {
    for (const key of ['name', 'port'] as const)
      services.forEach((service, index) => {
        if (services.findIndex((other) => other[key] === service[key]) === index) return;
        context.addIssue({ code: 'custom', path: [index, key], message: `another service has the ${key} ${service[key]}` });
      });
  });
export type ProjectService = z.infer<typeof Service>;
