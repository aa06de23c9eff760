export { RefusalLog } from './refusals.ts';
