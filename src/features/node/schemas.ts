import { z } from 'zod';

/** What a node says of itself to anybody. */
export const NodeView = z
  .object({
    name: z.string(),
    version: z.string().meta({ description: 'Version of the interface, as in the `API-Version` header.' }),
    documentation: z.url(),
    apiDescription: z.url().meta({ description: 'The OpenAPI document.' }),
    tokenEndpoint: z.url(),
    languages: z.array(z.string()),
  })
  .meta({ id: 'Node' });
