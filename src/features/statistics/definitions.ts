/** How the measures of paths, cores, kinds and places are defined; part of the definition in an answer. */
export const measureDefinitions = [
  'Paths are unweighted. diameter: the longest distance; averagePath: mean distance; both over the pairs that can reach each other, whose share of all pairs is reachableShare.',
  'globalEfficiency: Σ 1/d ÷ (n × (n − 1)), 0 for a pair without a path (Latora and Marchiori).',
  'connectedShare: organisations with a tie ÷ n. medianDegree, p90Degree: the median, and the least degree that at least 90 % do not exceed. meanStrength: 2 × totalWeight ÷ n. largestComponentShare: largestComponentSize ÷ n. twoModeDensity: memberships ÷ (n × alliances). meanLocalClusteringDefined: the mean over organisations with a degree of 2 or more alone.',
  'degreeCentralisation: Σ(max − d) ÷ ((n − 1)(n − 2)); betweennessCentralisation: Σ(max − b) ÷ ((n − 1)² (n − 2) ÷ 2), both after Freeman, without loops.',
  'maximumCoreNumber: the highest coreNumber. coreSize, coreErrors: the core that leaves the fewest missing ties within it and ties outside it (Borgatti and Everett; exact after Lip), of equals the smallest; coreCorrelation: correlation of the ties within core and periphery with the ideal. There is always a core: look at the errors.',
  'assortativityByKind: nominal assortativity by kind of organisation (Newman). externalInternalIndex: (ties between kinds − ties within) ÷ ties; expectedExternalInternalIndex: the same if every pair were as likely to be tied.',
  'Per organisation: betweenness by Brandes, each pair once, ends excluded, normalised ÷ ((n − 1)(n − 2) ÷ 2). harmonicCloseness: Σ 1/d ÷ (n − 1). componentCloseness: reached ÷ Σd, which gives a member of a lone pair the best score of all; wassermanFaustCloseness: that × reached ÷ (n − 1).',
  'eigenvector: its greatest value is 1; 0 outside the component with the largest eigenvalue. pageRank: α = 0.85, adds up to 1. coreNumber: the largest k such that it is in a part where all have k ties. localClustering: ties among its partners ÷ pairs of them.',
  'constraint: Σ_j (p_ij + Σ_q p_iq p_qj)², which may exceed 1; effectiveSize: partners − Σ_j Σ_q p_iq m_jq (Burt).',
  'rank: one more than the number of higher values, equals share it; rankedCount: organisations with a value. Values have twelve significant digits.',
];
