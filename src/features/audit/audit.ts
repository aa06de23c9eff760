export { signAuditHead } from './heads.ts';
export { RefusalLog } from './refusals.ts';
