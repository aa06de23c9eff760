export { clearFormerPeers } from './ending.ts';
export { clearOldEntries, publishing } from './nudging.ts';
export { countDuePulls, pullPeers } from './pulling.ts';
