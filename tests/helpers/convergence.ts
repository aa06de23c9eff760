import { setTimeout as wait } from 'node:timers/promises';
import type { ProvenNode } from './three-nodes.ts';

/** What nodes came to: after how many seconds they were equal, or what still differed when the time was over. */
export type Convergence = { readonly seconds: number; readonly faults: readonly string[] };

/** An organisation or an initiative that a node acknowledged, as all nodes must have it in the end. */
export type Expected = { readonly name: string; readonly home: string };

type Health = { lag: number | null; digestEqual: boolean | null; failureCount: number; lastSuccessAt: string | null };

/** What a node shows of the feeds that it reads, where it is not that all is well. */
async function healthFaults({ name, ask }: ProvenNode, since: number): Promise<string[]> {
  const { items } = (await ask({ path: '/v1/peers?live=true' })).json<{ items: { name: string; health: Health }[] }>();
  if (items.length !== 2) return [`${name} has ${items.length} peers`];
  return items.flatMap(({ name: peer, health }) => {
    const { lag, digestEqual, failureCount, lastSuccessAt } = health;
    const isFresh = since === 0 || Date.parse(lastSuccessAt ?? '') >= since;
    return lag === 0 && digestEqual === true && failureCount === 0 && isFresh
      ? []
      : [`${name} does not have all of ${peer}: ${JSON.stringify(health)}`];
  });
}

type Row = { id: string; line: string; name: string; home: string };

/** The whole register of a node, and what is done in the alliances of all, as every node must have it. */
export const registerOf = ({ look, front }: ProvenNode): Promise<Row[]> =>
  look(
    (sql) => sql<Row[]>`
      select o.id, o.name, coalesce(o.home, ${front.baseUrl}) as home, jsonb_build_array(o.id, o.kind, o.name, o.region,
        o.starts_on, o.ends_on, o.successor_id, coalesce(o.home, ${front.baseUrl}), (select jsonb_agg(
          jsonb_build_array(i.scheme, i.value, i.valid_from, i.valid_until) order by i.scheme, i.value, i.valid_from)
          from organisation_identifiers i where i.organisation_id = o.id))::text as line
      from organisations o
      union all
      select i.id, i.title, coalesce(a.home, ${front.baseUrl}), jsonb_build_array(i.id, i.title, i.stage, i.changed_at at time zone 'utc',
        a.id, a.name, coalesce(a.home, ${front.baseUrl}), (select jsonb_agg(jsonb_build_array(p.organisation_id, p.state, p.stance)
          order by p.id) from participations p where p.initiative_id = i.id),
        (select jsonb_agg(jsonb_build_array(m.organisation_id, m.state) order by m.id) from memberships m
          where m.alliance_id = a.id))::text
      from initiatives i join alliances a on a.id = i.alliance_id order by 1`,
  );

/** How the registers of nodes differ from that of the first, and from what was acknowledged. */
async function registerFaults(
  nodes: readonly ProvenNode[],
  expected: ReadonlyMap<string, Expected>,
): Promise<string[]> {
  const registers = await Promise.all(nodes.map(registerOf));
  const [first = []] = registers;
  const lines = new Set(first.map(({ line }) => line));
  return registers.flatMap((register, index) => {
    const name = nodes[index]?.name;
    const missing = lines.size - register.filter(({ line }) => lines.has(line)).length;
    const added = register.filter(({ line }) => !lines.has(line)).length;
    const held = new Map(register.map((row) => [row.id, row]));
    const lost = [...expected].filter(([id, one]) => {
      const row = held.get(id);
      return row?.name !== one.name || row.home !== one.home;
    }).length;
    return [
      ...(missing + added > 0 ? [`${name}: ${missing} rows of the first are not there, ${added} are others`] : []),
      ...(lost > 0 ? [`${name}: ${lost} acknowledged things are not there as they were acknowledged`] : []),
    ];
  });
}

/**
 * Waits until all nodes say of all feeds that nothing is missing and their registers are equal and as they were
 * acknowledged, or until the time is over. With `since`, each feed must have been read after that instant.
 */
export async function converge(
  nodes: readonly ProvenNode[],
  {
    seconds: limit,
    expected = new Map(),
    since = 0,
  }: { readonly seconds: number; readonly expected?: ReadonlyMap<string, Expected>; readonly since?: number },
): Promise<Convergence> {
  const began = performance.now();
  const passed = () => (performance.now() - began) / 1000;
  for (;;) {
    const asked = passed();
    const health = (await Promise.all(nodes.map((node) => healthFaults(node, since)))).flat();
    const faults =
      health.length > 0 && asked < limit ? health : [...health, ...(await registerFaults(nodes, expected))];
    if (faults.length === 0 || asked >= limit) return { seconds: asked, faults };
    await wait(250);
  }
}

/** The register of a node as its interface lists it, in lines that are equal at all nodes. */
export async function listed({ ask, front }: ProvenNode): Promise<string[]> {
  type Item = { id: string; name: string; home: string | null; identifiers: unknown[] };
  type Page = { items: Item[]; nextCursor: string | null };
  const lines: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: Page = (await ask({ path: `/v1/organisations?limit=200${from}` })).json<Page>();
    for (const { id, name, home, identifiers } of page.items)
      lines.push(JSON.stringify([id, name, home ?? front.baseUrl, identifiers]));
    cursor = page.nextCursor;
  }
  return lines.sort();
}
