import { fastify } from 'fastify';
import { alliances, memberships } from '../../../src/features/alliances/tables.ts';
import { organisations } from '../../../src/features/organisations/tables.ts';
import { Computing } from '../../../src/features/statistics/background.ts';
import { statisticsRoutes } from '../../../src/features/statistics/routes.ts';
import type { Caller } from '../../../src/platform/caller.ts';
import { createRoutes } from '../../../src/platform/contract.ts';
import type { Db } from '../../../src/platform/db.ts';
import { fastifyOptions, guardEdge } from '../../../src/platform/edge.ts';
import { namedId } from '../../../src/platform/id.ts';
import { Cursors } from '../../../src/platform/page.ts';
import { testPool } from '../../helpers/computing.ts';

const baseUrl = 'https://node.example';
const now = new Date('2026-01-01T00:00:00Z');
const written = { createdAt: now, changedAt: now };

/** The identifier of an organisation that `addNetwork` makes. */
export const org = (name: string) => namedId(`organisation ${name}`);

/** The statistics behind the real edge and contract, for one caller; every answer is parsed by its schema. */
export async function served(
  t: { teardown(work: () => Promise<void>): void },
  db: Db,
  who: Caller,
  computing = new Computing(db, testPool()),
) {
  const app = fastify(fastifyOptions({ baseUrl, version: '1.0.0' }));
  guardEdge(app, { baseUrl, version: '1.0.0' });
  const cursors = new Cursors(Buffer.alloc(32, 7));
  const routes = createRoutes(app, {
    authenticate: async () => who,
    cursors,
    baseUrl,
    replay: async () => undefined,
    check: true,
  });
  statisticsRoutes(routes, { computing });
  await app.ready();
  t.teardown(() => app.close());
  const headers = { authorization: 'Bearer token', host: 'node.example' };
  const get = (url: string, more: Record<string, string> = {}) => app.inject({ url, headers: { ...headers, ...more } });
  const put = (url: string) => app.inject({ method: 'PUT', url, headers });
  return Object.assign(get, { put });
}

/** Adds organisations, each `name` or `name:kind`, and alliances with those members. */
export async function addNetwork(
  db: Db,
  names: readonly string[],
  groups: readonly (readonly string[])[],
  visibility = 'public',
): Promise<void> {
  for (const [name = '', kind = 'municipality'] of names.map((one) => one.split(':')))
    await db.insert(organisations).values({ id: org(name), kind, name, region: 'Maarland', ...written });
  for (const members of groups) {
    const id = namedId(`alliance ${visibility} ${members.join()}`);
    const alliance = { id, kind: 'alliance', name: members.join(), visibility, startsOn: '2020-01-01' };
    await db.insert(alliances).values({ ...alliance, ...written });
    for (const member of members)
      await db.insert(memberships).values({
        id: namedId(`membership ${id} ${member}`),
        allianceId: id,
        organisationId: org(member),
        role: 'member',
        state: 'accepted',
        offeredBy: 'alliance',
        offeredAt: now,
        startsOn: '2020-01-01',
        basis: 'import',
        ...written,
      });
  }
}
