import type { z } from 'zod';
import type { Graph } from '../graph-schemas.ts';
import { graphFacts, nodeFieldsOf, tieFieldsOf } from './fields.ts';
import { xmlText } from './xml.ts';

type View = z.output<typeof Graph>;

/**
 * A network as GraphML 1.0: directed where its ties are arcs, with the type of every attribute, and what it is of (day,
 * data version, parameters) as attributes of the graph. Whole numbers are `long`; what is null is left out.
 */
export function writeGraphml(graph: View): string {
  const facts = graphFacts(graph);
  const nodeFields = nodeFieldsOf(graph);
  // What other tools look for under that name: by the weighting that was asked.
  const weight = { name: 'weight', type: 'double', of: (tie: View['ties'][number]) => tie.weight };
  const edgeFields = [weight, ...tieFieldsOf(graph)];
  const keys = [
    ...facts.map(([name]) => ({ scope: 'graph', name, type: 'string' })),
    ...nodeFields.map(({ name, type }) => ({ scope: 'node', name, type })),
    ...edgeFields.map(({ name, type }) => ({ scope: 'edge', name, type })),
  ];
  const data = (scope: string, name: string, value: string | number | null) =>
    value === null ? '' : `<data key="${scope}-${name}">${xmlText(String(value))}</data>`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
    ...keys.map(
      ({ scope, name, type }) => `<key id="${scope}-${name}" for="${scope}" attr.name="${name}" attr.type="${type}"/>`,
    ),
    `<graph id="network" edgedefault="${graph.directed ? 'directed' : 'undirected'}">`,
    ...facts.map(([name, value]) => data('graph', name, value)),
    ...graph.nodes.map(
      (node) =>
        `<node id="${node.id}">${nodeFields.map(({ name, of }) => data('node', name, of(node))).join('')}</node>`,
    ),
    ...graph.ties.map(
      (tie) =>
        `<edge source="${tie.first}" target="${tie.second}">${edgeFields.map(({ name, of }) => data('edge', name, of(tie))).join('')}</edge>`,
    ),
    '</graph>',
    '</graphml>',
    '',
  ].join('\n');
}
