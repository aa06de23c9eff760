import { at, keysOf, type Rows } from './rows.ts';
import type { Draws } from './seeded.ts';
import type { Incidence, TwoMode } from './two-mode.ts';
import type { Work } from './work.ts';

/** Trades for each row: twice the five with which Strona et al. randomise a matrix. */
const tradesPerRow = 10;

/** The smaller side of a two-mode network trades: fewer and longer rows mix with fewer trades. */
const tradingRows = ({ n, allianceCount, alliancesOf, membersOf }: TwoMode): Rows & { readonly byAlliance: boolean } =>
  allianceCount <= n ? { ...membersOf, byAlliance: true } : { ...alliancesOf, byAlliance: false };

/** How many trades a rewiring makes; 0 where there are not two rows to trade. */
export function tradeCountOf({ n, allianceCount }: Pick<TwoMode, 'n' | 'allianceCount'>): number {
  const rowCount = Math.min(n, allianceCount);
  return rowCount < 2 ? 0 : tradesPerRow * rowCount;
}

/** Rows that trade: their items, which change in place, and the work arrays of a trade. */
type Trading = {
  readonly offsets: Int32Array;
  readonly items: Int32Array;
  /** Who has an item of the two rows: 0 for neither or the second alone, 1 for the first alone, 2 for both. */
  readonly holder: Int32Array;
  readonly pool: Int32Array;
};

/**
 * Rewires a two-mode network: each organisation keeps its number of alliances, and each alliance its number of members.
 * Two rows, drawn at random, put what only one of them has into a pool, and take back as much as they gave, drawn at
 * random: the curveball of Strona et al. 2014, which after enough trades finds every such network equally often
 * (Carstens 2015). Yields now and then.
 */
export function* rewiringOf(twoMode: TwoMode, draw: Draws): Work<Incidence> {
  const { offsets, items, byAlliance } = tradingRows(twoMode);
  const columnCount = byAlliance ? twoMode.n : twoMode.allianceCount;
  const trading: Trading = {
    offsets,
    items: items.slice(),
    holder: new Int32Array(columnCount),
    pool: new Int32Array(columnCount),
  };
  const rowCount = offsets.length - 1;
  const tradeCount = tradeCountOf(twoMode);
  for (let trade = 0; trade < tradeCount; trade++) {
    const first = Math.floor(draw() * rowCount);
    const other = Math.floor(draw() * (rowCount - 1));
    tradeOf(trading, first, other < first ? other : other + 1, draw);
    if (trade % 1000 === 999) yield;
  }
  const rows = keysOf({ offsets, items });
  return {
    organisationCount: twoMode.n,
    allianceCount: twoMode.allianceCount,
    organisationOf: byAlliance ? trading.items : rows,
    allianceOf: byAlliance ? rows : trading.items,
  };
}

function tradeOf(trading: Trading, first: number, second: number, draw: Draws): void {
  const { offsets, items, holder, pool } = trading;
  const firstSize = at(offsets, first + 1) - at(offsets, first);
  for (let i = at(offsets, first); i < at(offsets, first + 1); i++) holder[at(items, i)] = 1;
  let size = 0;
  let shared = 0;
  for (let i = at(offsets, second); i < at(offsets, second + 1); i++) {
    const item = at(items, i);
    if (holder[item] === 1) {
      holder[item] = 2;
      shared += 1;
    } else pool[size++] = item;
  }
  for (let i = at(offsets, first); i < at(offsets, first + 1); i++)
    if (holder[at(items, i)] === 1) pool[size++] = at(items, i);
  drawFirst(pool, size, firstSize - shared, draw);
  takeBack(trading, second, takeBack(trading, first, 0));
  // What both have stands in the first row, and the rest in the pool: nothing is held when the next two trade.
  for (let i = at(offsets, first); i < at(offsets, first + 1); i++) holder[at(items, i)] = 0;
  for (let i = 0; i < size; i++) holder[at(pool, i)] = 0;
}

/** Draws which items of the pool stand first (Fisher and Yates, as far as needed). */
function drawFirst(pool: Int32Array, size: number, count: number, draw: Draws): void {
  for (let place = 0; place < count; place++) {
    const other = place + Math.floor(draw() * (size - place));
    const kept = at(pool, place);
    pool[place] = at(pool, other);
    pool[other] = kept;
  }
}

/** Fills a row, where it does not hold what both have, from the pool; answers up to where the pool was taken. */
function takeBack({ offsets, items, holder, pool }: Trading, row: number, from: number): number {
  let next = from;
  for (let i = at(offsets, row); i < at(offsets, row + 1); i++) {
    if (holder[at(items, i)] !== 2) items[i] = at(pool, next++);
  }
  return next;
}
