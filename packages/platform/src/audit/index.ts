export { Audit, type NewAuditLine } from './audit.js';
export { type AuditLine, auditLineText, genesisHash, hashOf } from './audit-line.js';
export { auditMigration } from './audit-schema.js';
