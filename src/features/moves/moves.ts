export { countUntoldMoves, tellMoves } from './telling.ts';
