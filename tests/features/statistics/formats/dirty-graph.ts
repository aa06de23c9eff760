import type { z } from 'zod';
import type { Graph } from '../../../../src/features/statistics/graph-schemas.ts';

type View = z.output<typeof Graph>;

/** Names as organisations never should have, and as they do have. */
const names = [
  'Gemeente Lindeveen',
  'Zorg & Welzijn <Maarland>',
  'De "Linde" \'s avonds',
  'op twee\nregels\tmet een tab',
  'met een regelterugloop\rerin',
  'komma, puntkomma; en meer',
  'een \u0001 en een \u001f',
  'een halve \ud83d',
  'een hele 😀',
  'einde ]]> van niets',
  '  met wit eromheen  ',
  '',
  'Gemeente Lindeveen',
  '=HYPERLINK("https://x.example")',
  'null',
  'ﬁn \ufffe \uffff',
  'Ĳsselland Zürich',
  'x'.repeat(300),
];

const id = (index: number) => `0198a000-0000-7000-8000-${String(index).padStart(12, '0')}`;

/** A graph with every trap of its formats: characters, gaps, numbers beyond 32 bits, equal names, one without ties, arcs both ways. */
export function dirtyGraph(
  gexfVersion: '1.3' | '1.2' = '1.3',
  relation: View['parameters']['relation'] = 'membership',
): View {
  const directed = relation === 'deeds' || relation === 'knowledge';
  const twoMode = relation === 'membership' || relation === 'initiatives';
  const ofArcs = (value: number) => (directed ? value : null);
  const tie = (first: number, second: number, weight: number): View['ties'][number] => ({
    first: id(first),
    second: id(second),
    weight: twoMode ? 1 / (weight + 2) : weight,
    sharedCount: twoMode ? weight : null,
    newmanWeight: twoMode ? 1 / (weight + 2) : null,
  });
  const ties = names.slice(2).map((_, index) => tie(index, index + 1, index + 1));
  return {
    directed,
    definition: { version: 1, text: 'Tied & "counted" < once', source: 'Tests' },
    dataVersion: 'AAAAAAAAAAAAAAAAAAAAAA',
    asOf: '2026-05-16',
    coverage: {
      organisationCount: names.length,
      connectedCount: names.length - 1,
      isolateCount: 1,
      visibilities: ['public', 'network'],
      rule: 'None',
    },
    suppressed: [],
    query: `/v1/statistics/graph?relation=${relation}&asOf=2026-05-16`,
    parameters: {
      relation,
      asOf: '2026-05-16',
      from: null,
      until: null,
      organisationId: null,
      organisationKind: null,
      region: null,
      allianceId: null,
      allianceKind: null,
      theme: null,
      weighting: twoMode ? 'newman' : 'count',
      seed: 1,
      sizeBy: 'degree',
      colourBy: 'kind',
      gexfVersion,
    },
    nodes: names.map((name, index) => ({
      id: id(index),
      name,
      kind: index % 2 === 0 ? 'municipality' : 'care_organisation',
      region: index % 3 === 0 ? null : 'Maar & land',
      allianceCount: relation === 'membership' ? index : null,
      initiativeCount: relation === 'initiatives' ? index : null,
      degree: index,
      strength: index === 4 ? 2 ** 40 : index,
      inDegree: ofArcs(index),
      outDegree: ofArcs(index + 1),
      inStrength: ofArcs(2 ** 33 + index),
      outStrength: ofArcs(index + 3),
      community: index === names.length - 1 ? null : 1,
    })),
    // An arc back, of another weight than the arc that it answers.
    ties: directed ? [...ties, tie(1, 0, 99)] : ties,
  };
}

/** What a reader must find in the place of a text: XML has no room for some characters. */
export const readable = (text: string): string =>
  [...text]
    .map((letter) => {
      const code = letter.codePointAt(0) ?? 0;
      const forbidden =
        code < 32
          ? ![9, 10, 13].includes(code)
          : (code >= 0xd800 && code < 0xe000) || code === 0xfffe || code === 0xffff;
      return forbidden ? '\ufffd' : letter;
    })
    .join('');
