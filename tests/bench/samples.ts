import type { Sql } from 'postgres';

/** Values to ask the lists with: of path variables, of filters, and cursors deep in a list by operation. */
export type Samples = {
  readonly path: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly deep: Readonly<Record<string, string>>;
};

const lists = {
  listOrganisations: 'organisations',
  listAlliances: 'alliances',
  listMemberships: 'memberships',
  listAuditRecords: 'audit_records',
};

/** Takes sample values from a filled database: those that match much, little and nothing. */
export async function readSamples(
  sql: Sql,
  given: { clientId: string; viewer: string; cursor: (operationId: string, position: string) => string },
): Promise<Samples> {
  const one = async (text: string): Promise<string> => {
    const [row] = await sql.unsafe<{ value: string }[]>(text);
    if (row === undefined) throw new Error(`no sample: ${text}`);
    return row.value;
  };
  const deep: Record<string, string> = {};
  for (const [operationId, name] of Object.entries(lists)) {
    const position = `select id as value from ${name} order by id offset (select count(*) * 9 / 10 from ${name}) limit 1`;
    deep[operationId] = given.cursor(operationId, await one(position));
  }
  const organisation = await one(`select organisation_id as value from memberships where state = 'accepted'
    group by organisation_id order by count(*), organisation_id limit 1`);
  const chartered = await one(`select alliance_id as value from charters c join alliances a on a.id = c.alliance_id
    where a.visibility = 'public' order by c.id desc limit 1`);
  const day = await one(`select current_date::text as value`);
  return {
    path: {
      organisationId: organisation,
      allianceId: chartered,
      charterId: await one(`select id as value from charters where alliance_id = '${chartered}' limit 1`),
      clientId: given.clientId,
      webhookId: await one('select id as value from webhooks limit 1'),
    },
    values: {
      organisationId: [organisation, given.viewer],
      createdByOrganisationId: [organisation],
      successorId: [
        await one(`select successor_id as value from organisations where successor_id is not null limit 1`),
      ],
      allianceId: [chartered],
      clientId: [given.clientId, 'nobody'],
      name: ['zorg', 'leernetwerk', 'not there'],
      region: ['Regio 7', 'not there'],
      identifier: ['kvk:00100001', 'kvk:99999990'],
      source: ['register', 'not there'],
      sourceKey: ['r100001', 'not there'],
      type: ['nl.samendoen.alliance.founded', 'nl.samendoen.alliance.*', 'nl.samendoen.import.finished'],
      subject: [chartered],
      subjectId: [chartered],
      operationId: ['createAlliance', 'nothing'],
      since: ['2020-01-01T00:00:00Z', '2026-03-01T00:00:00Z'],
      until: ['2020-01-01T00:00:00Z', '2026-03-01T00:00:00Z'],
      asOf: ['2015-01-10', '2020-06-01', day],
      changedSince: ['2020-01-01T00:00:00Z', '2026-05-01T00:00:00Z', '2030-01-01T00:00:00Z'],
    },
    deep,
  };
}
