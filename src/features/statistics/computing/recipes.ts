import { graphRecipes } from './graph-recipes.ts';
import { networkRecipes } from './network-recipes.ts';

/** Every part of the figures of a network, by name. A value holds typed arrays and plain values alone. */
export const recipes = { ...networkRecipes, ...graphRecipes };
