import type { Multiply } from './eigenvector.ts';
import { type Graph, rowSums } from './graph.ts';
import { at, real } from './rows.ts';

/** How likely the walker of PageRank follows a tie. */
const alpha = 0.85;

/**
 * PageRank: a walker follows a tie with probability 0.85, by the weights of the ties that go out, and else jumps to any
 * node; from a node without ties it jumps always. The values add up to 1. Rounds go on until all values together change
 * by less than 1e-14, which puts the error far below 1e-10 (L1). Empty for the empty graph. `multiply` sums over the ties
 * that come in; for a projection that of its two-mode network gives the same with less work.
 */
export function pageRankOf(graph: Graph, multiply: Multiply = inwardMultiply(graph)): Float64Array {
  const { n } = graph;
  const strength = rowSums(graph.out);
  const perWeight = new Float64Array(n);
  let [rank, next, before] = [new Float64Array(n).fill(1 / n), new Float64Array(n), new Float64Array(n)];
  // Where ties go both ways, all eigenvalues are real and at most alpha, so that Chebyshev's rounds are far fewer: each
  // goes beyond the plain one by a step that follows from alpha alone. With directions there is nothing to gain.
  let step = 1;
  for (let round = 0; round < 1000; round++) {
    const base = (1 - alpha + alpha * leave(rank, strength, perWeight)) / n;
    multiply(perWeight, next);
    let change = 0;
    for (let node = 0; node < n; node++) {
      const plain = base + alpha * real(next, node);
      const value = real(before, node) + step * (plain - real(before, node));
      change += Math.abs(value - real(rank, node));
      next[node] = value;
    }
    [before, rank, next] = [rank, next, before];
    if (change < 1e-14) break;
    if (!graph.directed) step = round === 0 ? 1 / (1 - alpha ** 2 / 2) : 1 / (1 - (alpha ** 2 * step) / 4);
  }
  const total = rank.reduce((sum, value) => sum + value, 0);
  return rank.map((value) => value / total);
}

/** What leaves each node per weight of a tie; answers what is left in nodes without ties. */
function leave(rank: Float64Array, strength: Float64Array, perWeight: Float64Array): number {
  let dangling = 0;
  for (let node = 0; node < rank.length; node++) {
    if (strength[node] === 0) dangling += real(rank, node);
    else perWeight[node] = real(rank, node) / real(strength, node);
  }
  return dangling;
}

/** Multiplies by the ties of a graph against their direction. */
function inwardMultiply(graph: Graph): Multiply {
  const { offsets, items, weights } = graph.in;
  return (from, into) => {
    for (let node = 0; node < graph.n; node++) {
      let sum = 0;
      const end = at(offsets, node + 1);
      for (let i = at(offsets, node); i < end; i++) sum += real(from, at(items, i)) * real(weights, i);
      into[node] = sum;
    }
  };
}
